// Answers GraphQL requests, one JSON object a line on standard input, with one line
// each on standard output: the seconds it took, a tab, the JSON of the response.
import { createInterface } from "node:readline";
import { grafast } from "postgraphile/grafast";
import { makePgService } from "postgraphile/adaptors/pg";
import { postgraphile } from "postgraphile";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const pgl = postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ connectionString: process.argv[2] })],
});
const { schema, resolvedPreset } = await pgl.getSchemaResult();
console.log("ready");

for await (const line of createInterface({ input: process.stdin })) {
  const { query, variables } = JSON.parse(line);
  const began = performance.now();
  const response = await grafast({
    schema,
    source: query,
    variableValues: variables,
    resolvedPreset,
    requestContext: {},
  });
  const text = JSON.stringify(response);
  console.log(`${(performance.now() - began) / 1000}\t${text}`);
}
await pgl.release();
