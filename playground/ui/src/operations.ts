import { Kind, OperationTypeNode, parse } from 'graphql';
import type { OperationDefinitionNode } from 'graphql';

function operationsOf(query: string): OperationDefinitionNode[] | null {
  try {
    return parse(query).definitions.filter(
      (definition) => definition.kind === Kind.OPERATION_DEFINITION,
    );
  } catch {
    return null;
  }
}

/**
 * The name, if the query holds an operation of that name.
 *
 * GraphiQL learns the operations of a new query a moment later, and names an old one until then.
 */
export function knownOperation(query: string, name: string | null | undefined): string | undefined {
  if (!name) return undefined;
  const operations = operationsOf(query);
  const known = operations?.some((operation) => operation.name?.value === name) ?? true;
  return known ? name : undefined;
}

/** Whether an operation may run again without being asked for: a mutation may not. */
export function isRepeatable(query: string, name: string | undefined): boolean {
  const operations = operationsOf(query) ?? [];
  const chosen = name
    ? operations.filter((operation) => operation.name?.value === name)
    : operations;
  return chosen.every((operation) => operation.operation === OperationTypeNode.QUERY);
}
