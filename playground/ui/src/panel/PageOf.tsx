import type { PageReport } from '../api/debug';
import { plural } from '../numbers';

/** The forms of `PageStatement.form`, and why there is more than one. */
const FORMS: Record<string, { name: string; why: string }> = {
  plain: { name: 'SELECT', why: 'A root field: its conditions, its order and its limit.' },
  one: { name: 'one owner', why: 'One owner needs no more than WHERE and LIMIT.' },
  in: { name: 'IN', why: 'All rows of all owners: nothing limits them.' },
  lateral: { name: 'LATERAL', why: 'A limited subquery for each owner, which an index serves.' },
  'in-limit': { name: 'IN … LIMIT', why: 'A limited subquery of keys for each owner.' },
  union: { name: 'UNION ALL', why: 'A limited branch for each owner, where there are few.' },
  window: { name: 'row_number()', why: 'Numbers all rows of all owners: right for any mapping.' },
  count: { name: 'COUNT', why: 'The total: nothing counts where nobody asks for it.' },
  exists: { name: 'EXISTS', why: 'Whether there are rows on the other side of the cursor.' },
};

/** What a statement does whose rows arguments choose: its form, its owners and its window. */
export function PageOf({ page }: { page: PageReport }) {
  const form = FORMS[page.form] ?? { name: page.form, why: '' };
  return (
    <div className="page-of">
      <span className="page-form" title={form.why}>
        {form.name}
      </span>
      {page.owners !== null && page.form !== 'one' && <span>for {plural(page.owners, 'owner')}</span>}
      {windowOf(page).map(([name, value]) => (
        <span key={name}>
          {name} <code>{value}</code>
        </span>
      ))}
    </div>
  );
}

/** What was asked, as names and values; what was not asked is not in it. */
function windowOf(page: PageReport): [string, string][] {
  const { filter, order, limit, offset, after, before, from_end } = page;
  const parts: [string, string | null][] = [
    ['where', filter],
    ['by', order.join(', ') || null],
    ['after', after],
    ['before', before],
    [from_end ? 'last' : 'first', limit === null ? null : String(limit)],
    ['skipping', offset === 0 ? null : String(offset)],
  ];
  return parts.filter((part): part is [string, string] => part[1] !== null);
}
