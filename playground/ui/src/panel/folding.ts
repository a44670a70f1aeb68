import type { DebugInfo, FieldReport, PlanNode } from '../api/debug';

/** What the plan shows: each root field, and the batches that no tree of theirs has. */
export interface Folded {
  reports: FieldReport[];
  /** The statements of each batch that a tree has, by the attribute that it loads. */
  batches: Map<string, number[]>;
}

/**
 * Let each batch be shown once: where it stands in the tree of its root field.
 *
 * The server tells of it twice, as a part of the plan and as what ran.
 */
export function foldBatches({ fields }: DebugInfo): Folded {
  const batches = new Map<string, number[]>();
  const reports = fields.filter((report, index) => {
    const root = fields.find(
      (other, place) => place < index && other.plan && other.path[0] === report.path[0],
    );
    if (!root?.plan || !attributesOf(root.plan).has(report.field)) return true;
    batches.set(report.field, report.statements);
    return false;
  });
  return { reports, batches };
}

function attributesOf(node: PlanNode): Set<string> {
  const below = node.children.flatMap((child) => [...attributesOf(child)]);
  return new Set(node.attribute ? [node.attribute, ...below] : below);
}
