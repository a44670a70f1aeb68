"""PostGraphile v5: nested pages of its own schema, in a Node.js process."""

from __future__ import annotations

from benchmarks.contestants.postgraphile import PostGraphile
from benchmarks.pages import FIRST


class PostGraphilePage(PostGraphile):
    workloads = frozenset({"page"})
    queries = {  # noqa: RUF012
        "page": f"""
        {{
          shelves: allShelves {{
            nodes {{
              id: rowId
              name
              books: booksByShelfId(
                first: {FIRST}, orderBy: [POSITION_ASC, PRIMARY_KEY_ASC]
              ) {{
                nodes {{ id: rowId title position }}
              }}
            }}
          }}
        }}
        """
    }


CONTESTANTS = [PostGraphilePage]
