// Apollo Client pages a user's posts by `fetchMore`; `relayStylePagination` puts the pages
// together in its cache.

import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';

import { addedBy, shown, walk } from './walk.mjs';

const POSTS = gql`
  query PostsOfUser(
    $id: ID!
    $orderBy: [PostOrder!]
    $first: Int
    $after: String
    $last: Int
    $before: String
  ) {
    node(id: $id) {
      id
      ... on User {
        postsConnection(
          orderBy: $orderBy
          first: $first
          after: $after
          last: $last
          before: $before
        ) {
          edges {
            cursor
            node {
              id
              slug
            }
          }
          pageInfo {
            hasNextPage
            hasPreviousPage
            startCursor
            endCursor
          }
        }
      }
    }
  }
`;

const ADD = gql`
  mutation AddPost($input: PostInput!) {
    addPost(input: $input) {
      problem
      post {
        id
        slug
      }
    }
  }
`;

await walk(({ url, id, orderBy, direction, count }) => {
  const isForward = direction === 'forward';
  const client = new ApolloClient({
    link: new HttpLink({ uri: url }),
    cache: new InMemoryCache({
      typePolicies: {
        User: { fields: { postsConnection: relayStylePagination(['orderBy']) } },
      },
    }),
  });
  const posts = client.watchQuery({
    query: POSTS,
    variables: { id, orderBy, ...(isForward ? { first: count } : { last: count }) },
  });

  // What a component would show now; it is told of a page after `fetchMore` has it.
  let connection;
  let told;
  const whenTold = () =>
    new Promise((resolve, reject) => {
      told = { resolve, reject };
    });
  const next = ({ loading, error, data }) => {
    if (error) {
      told.reject(error);
    } else if (!loading) {
      connection = data.node.postsConnection;
      told.resolve();
    }
  };

  return {
    start() {
      const done = whenTold();
      posts.subscribe({ next });
      return done;
    },
    list: () => shown(connection, direction),
    async more() {
      const done = whenTold();
      const { startCursor, endCursor } = connection.pageInfo;
      const variables = isForward ? { after: endCursor } : { before: startCursor };
      await Promise.all([posts.fetchMore({ variables }), done]);
    },
    async add(input) {
      const { data } = await client.mutate({ mutation: ADD, variables: { input } });
      return addedBy(data);
    },
  };
});
process.exit(0); // the subscription would wait for more
