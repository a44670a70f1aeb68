"""Many viewers at the same time, on one schema and its plans."""

import asyncio
import json
from pathlib import Path
from random import Random

import pytest

from . import generated
from .asking import Ask, Databases
from .world import Features, Viewer, world_of

pytestmark = pytest.mark.filterwarnings("ignore::ariadne_sqla.HiddenNonNullWarning")

DOCUMENT = """{
  items(orderBy: [{rank: ASC}], limit: 5) {
    title authorName hinted
    tags { name } notesConnection(first: 2) { totalCount nodes { text } }
  }
  authors { name reports { name } items { title } }
}"""


async def test_200_viewers_at_once_see_what_each_sees_alone(tmp_path: Path) -> None:
    databases = Databases(tmp_path, world_of(Features(fields="later")))
    databases.put("all", generated.rows(Random(2986)))  # noqa: S311
    viewers = [Viewer(n % 3 + 1, n % 4) for n in range(200)]
    ask = Ask("AsyncSession", "eager", is_preloaded=False, is_closed=False)

    alone = {
        viewer: await databases.answer("all", DOCUMENT, viewer, ask)
        for viewer in dict.fromkeys(viewers)
    }
    at_once = await asyncio.gather(
        *(databases.answer("all", DOCUMENT, one, ask) for one in viewers)
    )

    assert at_once == [alone[viewer] for viewer in viewers]
    assert not any("errors" in json.loads(answer) for answer in at_once)
    for viewer, answer in alone.items():
        titles = [one["title"] for one in json.loads(answer)["data"]["items"]]
        assert any(titles) is (viewer.level > 0), f"{viewer}: {answer}"
    assert len(set(at_once)) > 3, "They all see the same, which proves nothing."
    await databases.dispose()
