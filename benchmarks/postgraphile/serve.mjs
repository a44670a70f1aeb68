// Serves HTTP on an open socket, whose descriptor is the second argument.
import { createServer } from "node:http";
import { makePgService } from "postgraphile/adaptors/pg";
import { postgraphile } from "postgraphile";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const pgl = postgraphile({
  extends: [PostGraphileAmberPreset],
  grafserv: { graphqlPath: "/", graphiql: false, watch: false },
  pgServices: [makePgService({ connectionString: process.argv[2] })],
});
const server = createServer();
await pgl.createServ(grafserv).addTo(server);
server.listen({ fd: Number(process.argv[3]) });
