// What relay-compiler reads, and nothing runs: relay.js imports what it makes of these.
import { graphql } from "relay-runtime";

graphql`
  query postsOfUserQuery(
    $id: ID!
    $orderBy: [PostOrder!]
    $first: Int
    $after: String
    $last: Int
    $before: String
  ) {
    node(id: $id) {
      __typename
      ...postsOfUser
        @arguments(
          orderBy: $orderBy
          first: $first
          after: $after
          last: $last
          before: $before
        )
    }
  }
`;

graphql`
  fragment postsOfUser on User
  @refetchable(queryName: "postsOfUserPageQuery")
  @argumentDefinitions(
    orderBy: { type: "[PostOrder!]" }
    first: { type: "Int" }
    after: { type: "String" }
    last: { type: "Int" }
    before: { type: "String" }
  ) {
    postsConnection(
      orderBy: $orderBy
      first: $first
      after: $after
      last: $last
      before: $before
    ) @connection(key: "postsOfUser_postsConnection", filters: ["orderBy"]) {
      edges {
        node {
          slug
        }
      }
    }
  }
`;

graphql`
  mutation postsAddMutation($input: PostInput!) {
    addPost(input: $input) {
      problem
      post {
        slug
      }
    }
  }
`;
