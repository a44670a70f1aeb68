// Relay pages a user's posts: what `usePaginationFragment` of react-relay does, without
// React, by the functions of relay-runtime that it calls.

import runtime from 'relay-runtime';

import addPost from './__generated__/postsAddMutation.graphql.js';
import postsOfUser from './__generated__/postsOfUser.graphql.js';
import postsOfUserQuery from './__generated__/postsOfUserQuery.graphql.js';
import { addedBy, shown, walk } from './walk.mjs';

const {
  Environment,
  Network,
  RecordSource,
  Store,
  commitMutation,
  createOperationDescriptor,
  fetchQuery,
  getPaginationMetadata,
  getPaginationVariables,
  getSingularSelector,
} = runtime;

await walk(({ url, id, orderBy, direction, count }) => {
  const environment = new Environment({
    network: Network.create(({ text }, variables) => send(url, text, variables)),
    store: new Store(new RecordSource()),
  });
  const { paginationRequest, paginationMetadata, identifierField } =
    getPaginationMetadata(postsOfUser, 'posts');
  const size = direction === 'forward' ? { first: count } : { last: count };
  const first = createOperationDescriptor(postsOfUserQuery, { id, orderBy, ...size });
  environment.retain(first);

  const fetch = ({ request: { node, variables } }) =>
    fetchQuery(environment, node, variables, { fetchPolicy: 'network-only' }).toPromise();

  // The fragment of the user in Relay's store, and the variables that it was read with.
  const read = () => {
    const selector = getSingularSelector(
      postsOfUser,
      environment.lookup(first.fragment).data.node,
    );
    return [environment.lookup(selector).data, selector.owner.variables];
  };

  return {
    start: () => fetch(first),
    list: () => shown(read()[0].postsConnection, direction),
    more() {
      const [user, variables] = read();
      const { startCursor, endCursor } = user.postsConnection.pageInfo;
      const next = getPaginationVariables(
        direction,
        count,
        direction === 'forward' ? endCursor : startCursor,
        { ...variables, [identifierField]: user[identifierField] },
        {},
        paginationMetadata,
      );
      return fetch(createOperationDescriptor(paginationRequest, next));
    },
    add: (input) =>
      new Promise((resolve, reject) => {
        commitMutation(environment, {
          mutation: addPost,
          variables: { input },
          onCompleted: resolve,
          onError: reject,
        });
      }).then(addedBy),
  };
});

async function send(url, query, variables) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}
