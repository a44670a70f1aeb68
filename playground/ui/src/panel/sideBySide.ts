/** One line of two texts beside each other; a side that lacks it has null. */
export interface Pair {
  left: string | null;
  right: string | null;
}

/** Texts with more lines than this are compared line by line, without shifting any. */
const LONGEST_ALIGNED = 2000;

/**
 * Lay two texts beside each other, so that equal lines are in one row.
 *
 * By the longest common subsequence of what is between their equal beginnings and ends.
 */
export function sideBySide(left: string, right: string): Pair[] {
  const a = left.split('\n');
  const b = right.split('\n');
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (
    end < a.length - start &&
    end < b.length - start &&
    a[a.length - 1 - end] === b[b.length - 1 - end]
  ) {
    end += 1;
  }
  const equal = (line: string): Pair => ({ left: line, right: line });
  return [
    ...a.slice(0, start).map(equal),
    ...aligned(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...a.slice(a.length - end).map(equal),
  ];
}

function aligned(a: string[], b: string[]): Pair[] {
  if (a.length > LONGEST_ALIGNED || b.length > LONGEST_ALIGNED) {
    return Array.from({ length: Math.max(a.length, b.length) }, (_, index) => ({
      left: a[index] ?? null,
      right: b[index] ?? null,
    }));
  }
  const common = lengthsOfCommon(a, b);
  const at = (i: number, j: number) => common[i]?.[j] ?? 0;
  const pairs: Pair[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const left = a[i];
    const right = b[j];
    if (left !== undefined && left === right) {
      pairs.push({ left, right });
      i += 1;
      j += 1;
    } else if (right === undefined || (left !== undefined && at(i + 1, j) >= at(i, j + 1))) {
      pairs.push({ left: left ?? null, right: null });
      i += 1;
    } else {
      pairs.push({ left: null, right });
      j += 1;
    }
  }
  return pairs;
}

/** Of what follows each pair of places: how many lines are common, in order. */
function lengthsOfCommon(a: string[], b: string[]): Uint16Array[] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i -= 1) {
    const row = lengths[i];
    const below = lengths[i + 1];
    if (!row || !below) continue;
    for (let j = b.length - 1; j >= 0; j -= 1) {
      row[j] =
        a[i] === b[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return lengths;
}
