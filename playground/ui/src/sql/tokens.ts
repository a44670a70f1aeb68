export type TokenKind = 'keyword' | 'function' | 'string' | 'number' | 'parameter' | 'comment' | 'plain';

export interface Token {
  kind: TokenKind;
  text: string;
  /** Part of a policy's clause, which the server puts between two comments. */
  ofPolicy?: true;
}

const POLICY = '/* policy */';
const END_OF_POLICY = '/* end of policy */';

const KEYWORDS = new Set(
  `ALL AND ANALYZE ANY AS ASC BETWEEN BY CASE CAST COLLATE COUNT CROSS DELETE DESC DISTINCT ELSE
  END ESCAPE EXCEPT EXISTS EXPLAIN FALSE FILTER FIRST FOR FROM FULL GROUP HAVING IN INNER INSERT
  INTERSECT INTO IS JOIN LAST LATERAL LEFT LIKE LIMIT NATURAL NOT NULL NULLS OFFSET ON OR ORDER
  OUTER OVER PARTITION RECURSIVE RETURNING RIGHT SELECT SET THEN TRUE UNION UPDATE USING VALUES
  WHEN WHERE WITH`.split(/\s+/),
);

const SCANNER = new RegExp(
  [
    String.raw`(?<comment>--[^\n]*|/\*[\s\S]*?\*/)`,
    String.raw`(?<string>'(?:[^']|'')*')`,
    // ?, $1, :name, %s, %(name)s. A double colon is PostgreSQL's cast.
    String.raw`(?<parameter>\?|\$\d+|(?<!:):[A-Za-z_]\w*|%s|%\(\w+\)s)`,
    String.raw`(?<number>\b\d+(?:\.\d+)?\b)`,
    // A quoted identifier is matched so that a keyword inside it is none.
    '(?<quoted>"[^"]*"|`[^`]*`)',
    String.raw`(?<word>[A-Za-z_]\w*)`,
  ].join('|'),
  'g',
);

/** Split SQL for highlighting; the texts joined give the SQL again. */
export function tokenize(sql: string): Token[] {
  let depth = 0;
  return scan(sql).map((token): Token => {
    if (token.text === POLICY) depth += 1;
    const marked: Token = depth > 0 ? { ...token, ofPolicy: true } : token;
    if (token.text === END_OF_POLICY) depth -= 1;
    return marked;
  });
}

function scan(sql: string): Token[] {
  const tokens: Token[] = [];
  let end = 0;
  for (const match of sql.matchAll(SCANNER)) {
    if (match.index > end) tokens.push({ kind: 'plain', text: sql.slice(end, match.index) });
    const text = match[0];
    end = match.index + text.length;
    tokens.push({ kind: kindOf(match.groups ?? {}, sql.charAt(end)), text });
  }
  if (end < sql.length) tokens.push({ kind: 'plain', text: sql.slice(end) });
  return tokens;
}

function kindOf(groups: Record<string, string | undefined>, next: string): TokenKind {
  const word = groups['word'];
  if (word !== undefined) {
    if (KEYWORDS.has(word.toUpperCase())) return 'keyword';
    return next === '(' ? 'function' : 'plain';
  }
  for (const kind of ['comment', 'string', 'parameter', 'number'] as const) {
    if (groups[kind] !== undefined) return kind;
  }
  return 'plain';
}

/** Whether a policy is part of a statement. */
export function hasPolicy(sql: string): boolean {
  return sql.includes(POLICY);
}
