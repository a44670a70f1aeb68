// What both clients do: page a user's posts to the end, add one on the way if that is
// asked, and print what the client's own list had after each page.

const MOST_PAGES = 50; // a client that gets no further does not go on without end

// Call `client` with what the command line asks, as JSON:
//   url        of the GraphQL endpoint
//   id         of the user, a global id
//   orderBy    a list of PostOrder
//   direction  'forward' or 'backward'
//   count      posts of a page
//   add        the input of a post that is added after the first page, or null
export async function walk(client) {
  const asked = JSON.parse(process.argv[2]);
  const { start, list, more, add } = client(asked);
  await start();
  const lists = [list()];
  const added = asked.add && (await add(asked.add));
  while (lists.at(-1).hasMore && lists.length < MOST_PAGES) {
    await more();
    lists.push(list());
  }
  console.log(JSON.stringify({ lists: lists.map(({ slugs }) => slugs), added }));
}

// What a list shows of a connection that the client has.
export function shown({ edges, pageInfo }, direction) {
  return {
    slugs: edges.map(({ node }) => node.slug),
    hasMore: direction === 'forward' ? pageInfo.hasNextPage : pageInfo.hasPreviousPage,
  };
}

// The slug of the post that the mutation added.
export function addedBy({ addPost: { post, problem } }) {
  if (!post) throw new Error(problem);
  return post.slug;
}
