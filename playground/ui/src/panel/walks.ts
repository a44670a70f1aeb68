import { Kind, parse } from 'graphql';
import type {
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  OperationDefinitionNode,
  SelectionSetNode,
} from 'graphql';

import type { Operation } from '../api/client';
import type { ResponsePath } from '../api/debug';

type Variables = Record<string, unknown>;
type Json = Record<string, unknown>;

/** A connection in an answer, and how to go on from it. */
export interface Walk {
  path: ResponsePath;
  /** Rows of this page, and of all where they were counted. */
  rows: number;
  total: number | null;
  start: string | null;
  end: string | null;
  /** The variables that lead to another page; null where there is none, or no variable. */
  first: Variables | null;
  next: Variables | null;
  previous: Variables | null;
  /** Why there is no way on, though there are more rows. */
  hint: string | null;
}

/** What a cursor says: the place of a row in an order. */
export interface Place {
  /** Of the order: a cursor of another one is refused. */
  digest: string;
  /** The primary key. */
  key: unknown[];
  /** The values that the order is by; null where the database looks them up. */
  values: unknown[] | null;
}

/** What is in a cursor of the server's, which is base64url of JSON; null for any other text. */
export function decodeCursor(cursor: string): Place | null {
  try {
    const text = atob(cursor.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    const content: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (!Array.isArray(content) || content[0] !== 1) return null;
    const [, digest, key, values] = content as unknown[];
    if (typeof digest !== 'string' || !Array.isArray(key)) return null;
    return { digest, key: key as unknown[], values: Array.isArray(values) ? values : null };
  } catch {
    return null;
  }
}

/** The connections in the data of an answer, from the outermost to the innermost. */
export function findWalks({ query, operationName, variables }: Operation, data: unknown): Walk[] {
  let document: DocumentNode;
  try {
    document = parse(query, { noLocation: true });
  } catch {
    return [];
  }
  const operations = document.definitions.filter(
    (one): one is OperationDefinitionNode => one.kind === Kind.OPERATION_DEFINITION,
  );
  const operation = operations.find((one) => one.name?.value === operationName) ?? operations[0];
  if (!operation) return [];
  const fragments = new Map(
    document.definitions
      .filter((one): one is FragmentDefinitionNode => one.kind === Kind.FRAGMENT_DEFINITION)
      .map((one) => [one.name.value, one]),
  );
  const walks: Walk[] = [];
  const given = isJson(variables) ? variables : {};

  const visit = (fields: Map<string, FieldNode[]>, value: unknown, path: ResponsePath): void => {
    if (Array.isArray(value)) {
      value.forEach((one, index) => {
        visit(fields, one, [...path, index]);
      });
      return;
    }
    if (!isJson(value)) return;
    for (const [key, nodes] of fields) {
      const held = value[key];
      const [node] = nodes;
      if (node && isJson(held) && (isJson(held['pageInfo']) || Array.isArray(held['edges']))) {
        walks.push(walkOf(node, held, [...path, key], given));
      }
      const below = nodes.flatMap((one) => (one.selectionSet ? [one.selectionSet] : []));
      visit(fieldsOf(below, fragments), held, [...path, key]);
    }
  };
  visit(fieldsOf([operation.selectionSet], fragments), data, []);
  return walks;
}

/** The fields of selection sets by their response keys, those in fragments included. */
function fieldsOf(
  selectionSets: SelectionSetNode[],
  fragments: Map<string, FragmentDefinitionNode>,
): Map<string, FieldNode[]> {
  const fields = new Map<string, FieldNode[]>();
  const add = ({ selections }: SelectionSetNode): void => {
    for (const one of selections) {
      if (one.kind === Kind.FIELD) {
        const key = one.alias?.value ?? one.name.value;
        fields.set(key, [...(fields.get(key) ?? []), one]);
      } else if (one.kind === Kind.INLINE_FRAGMENT) {
        add(one.selectionSet);
      } else {
        const fragment = fragments.get(one.name.value);
        if (fragment) add(fragment.selectionSet);
      }
    }
  };
  selectionSets.forEach(add);
  return fields;
}

function walkOf(node: FieldNode, held: Json, path: ResponsePath, given: Variables): Walk {
  const edges = Array.isArray(held['edges']) ? (held['edges'] as unknown[]) : [];
  const info = isJson(held['pageInfo']) ? held['pageInfo'] : {};
  const start = textOf(info['startCursor']) ?? textOf(cursorOf(edges[0]));
  const end = textOf(info['endCursor']) ?? textOf(cursorOf(edges.at(-1)));
  const after = variableOf(node, 'after');
  const before = variableOf(node, 'before');
  const forward = (cursor: string | null): Variables | null =>
    after === null ? null : { ...(before === null ? {} : { [before]: null }), [after]: cursor };
  const hasNext = info['hasNextPage'] === true && end !== null;
  const hasPrevious = info['hasPreviousPage'] === true && start !== null;
  const isLater = after !== null && typeof given[after] === 'string';
  return {
    path,
    rows: edges.length,
    total: typeof held['totalCount'] === 'number' ? held['totalCount'] : null,
    start,
    end,
    first: isLater ? forward(null) : null,
    next: hasNext ? forward(end) : null,
    previous:
      hasPrevious && before !== null && variableOf(node, 'last') !== null
        ? { ...(after === null ? {} : { [after]: null }), [before]: start }
        : null,
    hint: hasNext && after === null ? 'Give `after` a variable to go on from here.' : null,
  };
}

function variableOf(node: FieldNode, argument: string): string | null {
  const value = node.arguments?.find((one) => one.name.value === argument)?.value;
  return value?.kind === Kind.VARIABLE ? value.name.value : null;
}

function cursorOf(edge: unknown): unknown {
  return isJson(edge) ? edge['cursor'] : null;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
