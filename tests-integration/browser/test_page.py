"""What somebody sees and does on the playground's page."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

if find_spec("playwright") is None and not os.environ.get("CI"):
    pytest.skip("playwright is not installed", allow_module_level=True)

from playwright.sync_api import Locator, Page, Route, expect

from playground.testing import Process

from .page import (
    PHONE,
    OpenPage,
    answer,
    count_in_tab,
    editor,
    link,
    open_example,
    open_tab,
    run,
    take_screenshot,
)

Serve = Callable[..., AbstractContextManager[Process]]

POSTS = """query Posts($limit: Int!) {
  posts(limit: $limit) {
    title
    author {
      username
    }
    tags {
      name
    }
  }
}
"""
FIVE = '{"limit": 5}'


def statements(page: Page) -> Locator:
    return page.get_by_role("article", name=re.compile("^Statement|statements:"))


def test_a_query_is_answered_with_rows(server: Process, open_page: OpenPage) -> None:
    page = open_page(str(server.client.base_url))
    expect(page.get_by_role("heading", name="See what a query does")).to_be_visible()
    take_screenshot(page, "start")

    page.get_by_role("button", name="Run the query").click()

    first = server.ask("{ posts(limit: 1) { title } }").data["posts"][0]["title"]
    expect(answer(page)).to_contain_text(first[:20])
    expect(page.get_by_role("status")).to_contain_text("Answered.")


def test_every_statement_is_shown(server: Process, open_page: OpenPage) -> None:
    sent = server.ask(POSTS, {"limit": 5}).statements
    page = open_page(link(server, POSTS, FIVE))

    run(page)

    expect(statements(page)).to_have_count(len(sent))
    assert count_in_tab(page) == len(sent) == 2
    first, second = statements(page).all()
    expect(first).to_contain_text("LEFT OUTER JOIN users")
    expect(first).to_contain_text("5 rows")
    expect(second).to_contain_text("Post.tags")
    expect(second.locator(".parameters")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("2 SQL statements")
    take_screenshot(page, "statements")


def test_the_database_explains_a_statement(
    server: Process, open_page: OpenPage
) -> None:
    page = open_page(link(server, POSTS, FIVE))
    run(page)

    page.get_by_role("button", name="EXPLAIN").first.click()

    plan = statements(page).first.get_by_role(
        "group", name=re.compile("database.s plan")
    )
    expect(plan).to_contain_text("SCAN posts")
    assert count_in_tab(page) == 2
    take_screenshot(page, "explain")


def test_the_plan_says_how_and_why(server: Process, open_page: OpenPage) -> None:
    page = open_page(link(server, POSTS, FIVE))
    run(page)

    open_tab(page, "Plan")

    plan = page.get_by_role("article", name="Plan of Query.posts")
    author = plan.locator(".plan-node", has_text="Post.author")
    expect(author).to_contain_text("joinedload")
    tags = plan.locator(".plan-node", has_text="Post.tags")
    expect(tags).to_contain_text("batch")
    take_screenshot(page, "plan")

    plan.get_by_role("button", name="Show statement 2").click()
    expect(statements(page).nth(1)).to_be_focused()


def test_the_pill_names_what_answered(server: Process, open_page: OpenPage) -> None:
    page = open_page(link(server, "{ publishedPosts(limit: 3) { author { name } } }"))
    run(page)
    expect(badges_of(page)).to_have_text(["Own resolver", "Fallback"])

    page = open_page(link(server, POSTS, FIVE, route="json"))
    run(page)
    expect(badges_of(page)).to_have_text(["JSON"])
    assert count_in_tab(page) == 1
    open_tab(page, "Plan")
    expect(page.locator(".how")).to_have_text(["root", "json", "json"])


def badges_of(page: Page) -> Locator:
    return page.locator(".summary .badge")


def test_a_load_in_a_property_is_called_lazy(
    server: Process, open_page: OpenPage
) -> None:
    page = open_page(link(server, "{ posts(limit: 2) { signature } }"))
    run(page)
    expect(badges_of(page)).to_have_text(["Eager", "Lazy"])
    expect(statements(page).nth(1).locator(".badge")).to_have_text("Lazy")


def test_strict_mode_holds_on_the_lazy_path(
    server: Process, open_page: OpenPage
) -> None:
    address = link(server, POSTS, FIVE, route="lazy", strict="true")
    page = open_page(address, provokes="400")  # nothing is left of its data
    run(page)
    expect(page.locator(".notice-error")).to_contain_text(
        "Post.author was loaded lazily for Post.author."
    )


def test_lists_are_tables_and_files(server: Process, open_page: OpenPage) -> None:
    page = open_page(link(server, POSTS, FIVE))
    run(page)
    open_tab(page, "Table")
    table = page.get_by_role("group", name="Rows")
    expect(table.locator("th")).to_have_text(["title", "author.username", "tags"])
    expect(table.locator("tbody tr")).to_have_count(5)
    expect(table).to_contain_text("debugging, kitchen")
    take_screenshot(page, "table")

    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    lines = Path(download.value.path()).read_text("utf-8").splitlines()
    assert lines[0] == "title,author.username,tags"
    assert len(lines) == 6
    with page.expect_download() as download:
        page.get_by_role("button", name="Download JSON").click()
    answered = server.ask(POSTS, {"limit": 5}).data
    assert json.loads(Path(download.value.path()).read_text("utf-8")) == answered


def test_the_tab_in_front_is_in_sight(server: Process, open_page: OpenPage) -> None:
    page = open_page(str(server.client.base_url))
    for title in (
        "Quick start",
        "Fragments",
        "Aliases",
        "Filters",
        "A union",
        "Too deep",
    ):
        open_example(page, title)
    for _ in range(4):
        page.get_by_role("button", name="New tab").click()
    expect(page.locator(".graphiql-tab-active")).to_be_in_viewport(ratio=0.9)


def test_paths_are_compared(server: Process, open_page: OpenPage) -> None:
    query = "{ posts(limit: 100) { title author { username } tags { name } } }"
    page = open_page(link(server, query))
    run(page)
    open_tab(page, "Compare")

    page.get_by_role("button", name="Compare the paths").click()

    expect(page.get_by_text("Every path gave the same answer.")).to_be_visible()
    bars = page.locator(".bars").first
    values = {
        row.locator(".bar-label").inner_text(): int(
            row.locator(".bar-value").inner_text().replace(",", "")
        )
        for row in bars.locator("li").all()
    }
    assert values["Eager"] == len(server.ask(query).statements) == 2
    assert values["Fallback"] == 3
    assert values["Closures"] == 2
    assert values["JSON"] == 1
    # An author of several posts is loaded once: the session knows it then.
    assert 1 + 100 < values["Lazy"] <= 1 + 100 + 100
    expect(page.locator(".headline")).to_contain_text(f"{values['Lazy']} statements")
    legend = page.locator(".bars-legend")  # fewer rounds where the machine is slow
    expect(legend).to_contain_text(re.compile(r"The median of [4-9] rounds"))
    expect(page.locator(".bar-whisker")).to_have_count(5)
    take_screenshot(page, "compare")


def test_an_example_runs_in_a_tab_of_its_own(
    server: Process, open_page: OpenPage
) -> None:
    page = open_page(str(server.client.base_url))
    page.get_by_role("button", name="Examples").first.click()
    expect(page.get_by_role("dialog", name="Examples")).to_be_visible()
    take_screenshot(page, "examples")
    page.keyboard.press("Escape")

    open_example(page, "A resolver written by hand, in three statements")

    expect(editor(page)).to_contain_text("publishedPosts")
    expect(answer(page)).to_contain_text("title")
    expect(statements(page)).to_have_count(3)
    expect(page.locator(".graphiql-tab")).to_have_count(2)
    take_screenshot(page, "fallback")


def test_every_example_shows_as_many_statements_as_are_sent(
    server: Process, open_page: OpenPage
) -> None:
    examples = server.client.get("/examples.json").json()
    page = open_page(str(server.client.base_url))
    shown, sent = {}, {}
    for example in examples:
        if example["id"] in {"mutation", "depth", "too-many-rows"}:
            continue  # they have tests of their own
        title = example["title"]
        switches = {"viewer": example["viewer"], "debug": False}
        asked = server.ask(example["query"], example["variables"], switches=switches)
        sent[title] = len(asked.statements)

        open_example(page, title)

        expect(page.locator(".summary")).to_be_visible()
        expect(page.locator(".notice-error"), title).to_have_count(0)
        shown[title] = count_in_tab(page)
    assert shown == sent


DRAFTS = "{ posts(isPublished: false, limit: 3) { title author { username } } }"


def test_a_policy_hides_rows_and_is_coloured_in_the_sql(
    server: Process, open_page: OpenPage
) -> None:
    page = open_page(link(server, DRAFTS))
    run(page)
    drafts = server.ask(DRAFTS).data["posts"]
    expect(answer(page)).to_contain_text(drafts[0]["title"][:20])
    expect(page.locator(".sql-of-policy")).to_have_count(0)

    page.get_by_label("See as").select_option("Anonymous")

    expect(answer(page)).to_contain_text('"posts": []')
    expect(statements(page).first).to_contain_text("with a policy")
    clause = "".join(page.locator(".sql-of-policy").all_inner_texts())
    assert "posts.is_published IS 1" in clause
    assert "LIMIT" not in clause

    page.get_by_label("See as").select_option("User 103")
    expect(answer(page)).to_contain_text("ingrid.dubois.103")
    clause = "".join(page.locator(".sql-of-policy").all_inner_texts())
    assert "OR" in clause
    assert "posts.author_id = ?" in clause
    take_screenshot(page, "policy")


def test_a_hidden_title_is_not_to_be_guessed(
    server: Process, open_page: OpenPage
) -> None:
    page = open_page(str(server.client.base_url))
    open_example(page, "Guessing a hidden title")
    expect(page.get_by_label("See as")).to_have_value("anonymous")
    expect(answer(page)).to_contain_text('"totalCount": 0')
    expect(answer(page)).not_to_contain_text("Stop worrying about a balcony garden")

    open_tab(page, "Viewers")
    page.get_by_role("button", name="Ask as each viewer").click()

    anonymous = page.get_by_role("group", name="What Anonymous sees")
    expect(anonymous).to_contain_text('"byId": null')
    expect(anonymous).not_to_contain_text("Stop worrying about a balcony garden")
    admin = page.get_by_role("group", name="What Admin sees")
    expect(admin).to_contain_text('"totalCount": 1')
    expect(admin.locator(".line-own").first).to_contain_text("byId")
    take_screenshot(page, "viewers")

    page.get_by_label("Viewer on the left").select_option("User 103")
    expect(page.get_by_text("Both see the same.")).to_be_visible()


TOTALS = """{
  tags(limit: 3) {
    postsConnection(first: 2) {
      TOTAL edges { node { title } } pageInfo { hasNextPage }
    }
  }
}
"""


def test_a_card_names_its_form_and_a_total_has_one_only_if_asked(
    server: Process, open_page: OpenPage
) -> None:
    page = open_page(link(server, TOTALS.replace("TOTAL", "totalCount")))
    run(page)
    forms = page.locator(".page-form")
    expect(forms).to_have_text(["SELECT", "COUNT", "IN … LIMIT"])
    counted = statements(page).nth(1)
    expect(counted).to_contain_text("for 3 owners")
    expect(statements(page).nth(2)).to_contain_text("first 2")
    take_screenshot(page, "forms")

    page = open_page(link(server, TOTALS.replace("TOTAL", "")))
    run(page)
    expect(page.locator(".page-form")).to_have_text(["SELECT", "IN … LIMIT"])


def test_the_walker_goes_to_the_next_page_and_back(
    server: Process, open_page: OpenPage
) -> None:
    page = open_page(str(server.client.base_url))
    open_example(page, "Connections below a connection")
    walker = page.get_by_role("region", name="Pages")
    expect(walker).to_contain_text("key [")
    ends = walker.locator(".cursor-text").first
    end = ends.inner_text()

    walker.get_by_role(
        "button", name="Next page of user.postsConnection", exact=True
    ).click()

    variables = page.locator(".graphiql-editor-tools, .graphiql-editors")
    expect(variables.get_by_text(end).first).to_be_visible()
    expect(ends).not_to_have_text(end)
    take_screenshot(page, "walker")
    walker.get_by_role("button", name="First page of user.postsConnection").click()
    expect(ends).to_have_text(end)


def test_a_refused_query_shows_the_limit(server: Process, open_page: OpenPage) -> None:
    page = open_page(str(server.client.base_url))
    open_example(page, "Too many rows")
    error = page.locator(".notice-error")
    expect(error).to_contain_text("100000 are allowed.")
    expect(error.locator("code")).to_have_text("user.posts.comments.replies")
    take_screenshot(page, "refused")


def test_an_example_that_writes_waits(server: Process, open_page: OpenPage) -> None:
    page = open_page(str(server.client.base_url))
    before = server.client.get("/health").json()["rows"]["comments"]

    open_example(page, "A mutation")

    expect(editor(page)).to_contain_text("addComment")
    expect(page.get_by_role("heading", name="See what a query does")).to_be_visible()
    run(page)
    expect(answer(page)).to_contain_text("addComment")
    # Neither another path, nor EXPLAIN, nor a comparison runs it again.
    page.get_by_role("radio", name="Fallback").check()
    expect(page.get_by_role("button", name="EXPLAIN")).to_have_count(0)
    open_tab(page, "Compare")
    expect(page.get_by_text("This operation writes.")).to_be_visible()
    assert server.client.get("/health").json()["rows"]["comments"] == before + 1


def test_an_error_of_the_query_is_shown(server: Process, open_page: OpenPage) -> None:
    page = open_page(str(server.client.base_url), provokes="400 (Bad Request)")

    open_example(page, "Too deep")

    notice = page.locator(".notice-error")
    expect(notice).to_contain_text("1 error in the answer")
    expect(notice).to_contain_text(re.compile(r"Query depth \d exceeds max_depth=\d"))
    expect(page.get_by_role("status")).to_contain_text("An error: Query depth")
    take_screenshot(page, "error")


def test_a_query_that_is_none_is_told_by_its_line(
    server: Process, open_page: OpenPage
) -> None:
    page = open_page(link(server, "{ posts { nonsense } }"), provokes="400")
    run(page)
    notice = page.locator(".notice-error")
    expect(notice).to_contain_text("Cannot query field 'nonsense' on type 'Post'.")
    expect(notice).to_contain_text("line 1, column 11")
    expect(page.get_by_text("refused before any SQL ran")).to_be_visible()


def test_an_answer_that_is_no_graphql_is_shown(
    server: Process, open_page: OpenPage
) -> None:
    page = open_page(str(server.client.base_url), provokes="502")

    def break_down(route: Route) -> None:
        route.fulfill(status=502, body="<h1>Bad Gateway</h1>")

    page.route("**/graphql", break_down)
    run(page)
    notice = page.locator(".notice-error")
    expect(notice).to_contain_text("The server failed")
    expect(notice).to_contain_text("502")
    expect(notice).to_contain_text("<h1>Bad Gateway</h1>")
    take_screenshot(page, "server-error")


def banner(page: Page) -> Locator:
    return page.get_by_role("alert").and_(page.locator(".banner"))


def test_a_lost_connection_is_told_and_mended(
    serve: Serve, open_page: OpenPage, tmp_path: Path
) -> None:
    file = tmp_path / "blog.sqlite3"
    with serve(file) as process:
        address = process.client.base_url
        page = open_page(str(address), provokes="ERR_CONNECTION_REFUSED")
        run(page)
        expect(page.locator(".database-note")).to_contain_text("SQLite")
        page.wait_for_load_state("networkidle")
    run(page)
    expect(banner(page)).to_contain_text("Connection lost.")
    expect(page.locator(".database-note")).to_have_text("No connection")
    expect(page.locator(".notice-error")).to_contain_text("does not answer")
    take_screenshot(page, "connection-lost")

    with serve(file, port=address.port):
        expect(banner(page)).to_have_count(0)
        expect(page.get_by_role("status")).to_contain_text("The server is back.")
        run(page)
        expect(answer(page)).to_contain_text("posts")


def test_an_empty_database_looks_like_one(
    serve: Serve, open_page: OpenPage, tmp_path: Path
) -> None:
    file = tmp_path / "blog.sqlite3"
    with serve(file) as process:
        with closing(sqlite3.connect(file)) as connection, connection:
            for (table,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table'"
            ).fetchall():
                connection.execute(f"DELETE FROM {table}")  # noqa: S608 - own names
        page = open_page(str(process.client.base_url))
        expect(banner(page)).to_contain_text("The database is empty.")
        run(page)
        expect(answer(page)).to_contain_text('"posts": []')
        take_screenshot(page, "empty-database")
        page.close()  # before the server, which it goes on asking for its health


def test_a_link_holds_query_variables_and_switches(
    server: Process, open_page: OpenPage
) -> None:
    shared = link(
        server, POSTS, FIVE, route="fallback", strict="true", viewer="anonymous"
    )
    page = open_page(shared)
    expect(editor(page)).to_contain_text("query Posts($limit: Int!)")
    variables = page.locator(".graphiql-editor-tool .view-lines").first
    expect(variables).to_contain_text('{"limit": 5}')
    expect(page.get_by_role("radio", name="Fallback")).to_be_checked()
    expect(page.get_by_role("switch", name="Strict")).to_be_checked()
    expect(page.get_by_label("See as")).to_have_value("anonymous")

    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_role("button", name="Link copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == shared

    run(page)
    assert count_in_tab(page) == 3


def test_a_reload_loses_nothing(server: Process, open_page: OpenPage) -> None:
    page = open_page(link(server, POSTS, FIVE))
    page.get_by_role("radio", name="Lazy").check()
    editor(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text("# A note.")
    expect(page).to_have_url(re.compile("A%20note"))

    page.reload()

    expect(editor(page)).to_contain_text("# A note.")
    expect(page.locator(".graphiql-editor-tool")).to_contain_text('{"limit": 5}')
    expect(page.get_by_role("radio", name="Lazy")).to_be_checked()
    run(page)
    expect(answer(page)).to_contain_text("username")


def test_many_equal_statements_are_one_entry(
    server: Process, open_page: OpenPage
) -> None:
    page = open_page(link(server, POSTS, '{"limit": 50}', route="lazy"))
    run(page)
    tags = statements(page).filter(has_text="loads Post.tags")
    expect(tags).to_have_count(1)
    expect(tags.locator(".statement-number")).to_contain_text("50")
    tags.get_by_text("The 50 runs").click()
    expect(tags.get_by_text("posts.0.tags")).to_be_visible()
    assert count_in_tab(page) > 1 + 50
    take_screenshot(page, "lazy")


def test_the_switches_are_sent(server: Process, open_page: OpenPage) -> None:
    page = open_page(link(server, POSTS, FIVE, route="fallback"))
    page.get_by_role("switch", name="Strict").click()
    with page.expect_request("**/graphql") as sent:
        run(page)
    assert json.loads(sent.value.post_data or "")["extensions"] == {
        "sqla": {
            "route": "fallback",
            "viewer": None,
            "debug": True,
            "strict": True,
            "explain": False,
            "parameters": True,
        }
    }


def test_another_path_runs_the_query_again(
    server: Process, open_page: OpenPage
) -> None:
    page = open_page(link(server, POSTS, FIVE))
    run(page)
    assert count_in_tab(page) == 2
    page.get_by_role("radio", name="Fallback").check()
    expect(page.locator(".tab-count")).to_have_text("3")
    expect(page.locator(".summary .badge")).to_have_text("Fallback")


def background(page: Page, selector: str) -> int:
    """Return how light a background is, from 0 to 255."""
    colour = page.locator(selector).evaluate(
        "element => getComputedStyle(element).backgroundColor"
    )
    return sum(map(int, re.findall(r"\d+", colour)[:3])) // 3


def test_colours_follow_the_system_and_the_choice(
    server: Process, open_page: OpenPage
) -> None:
    page = open_page(link(server, POSTS, FIVE), color_scheme="dark")
    run(page)
    for part in (".header", ".panel", ".graphiql-editors"):
        assert background(page, part) < 60
    take_screenshot(page, "dark")

    colours = page.get_by_role("button", name="Colours")
    colours.click()
    expect(colours).to_have_accessible_name("Colours: light")
    for part in (".header", ".panel", ".graphiql-editors"):
        assert background(page, part) > 220
    page.reload()
    expect(colours).to_have_accessible_name("Colours: light")


def test_a_phone_shows_one_part_at_a_time(server: Process, open_page: OpenPage) -> None:
    page = open_page(
        link(server, POSTS, FIVE), viewport=PHONE, device_scale_factor=2, has_touch=True
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    expect(answer(page)).to_be_hidden()
    expect(page.locator("#panel")).to_be_hidden()
    take_screenshot(page, "phone-query")

    page.get_by_role("button", name="Execute query").tap()
    expect(answer(page)).to_contain_text("title")
    expect(editor(page)).to_be_hidden()
    take_screenshot(page, "phone-answer")

    page.get_by_role("navigation").get_by_role("button", name="SQL").tap()
    expect(statements(page)).to_have_count(2)
    expect(answer(page)).to_be_hidden()
    take_screenshot(page, "phone-statements")
    open_tab(page, "Plan")
    take_screenshot(page, "phone-plan")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_everything_works_without_a_mouse(server: Process, open_page: OpenPage) -> None:
    page = open_page(link(server, POSTS, FIVE))
    keys = page.keyboard

    keys.press("Tab")
    expect(page.get_by_role("link", name="Skip to the SQL")).to_be_focused()
    keys.press("F6")
    expect(page.get_by_role("radio", name="Eager")).to_be_focused()
    keys.press("ArrowLeft")
    expect(page.get_by_role("radio", name="Fallback")).to_be_checked()
    keys.press("F6")
    expect(page.locator(".graphiql-query-editor textarea").first).to_be_focused()
    keys.press("Control+Enter")
    expect(page.locator(".tab-count")).to_have_text("3")

    keys.press("Shift+F6")
    keys.press("Shift+F6")
    expect(page.get_by_role("tab", name="Statements")).to_be_focused()
    keys.press("ArrowRight")
    expect(page.get_by_role("tab", name="Plan")).to_be_focused()
    expect(
        page.get_by_role("article", name="Plan of Query.posts").first
    ).to_be_visible()

    keys.press("Shift+Tab")
    splitter = page.get_by_role("separator")
    expect(splitter).to_be_focused()
    width = int(splitter.get_attribute("aria-valuenow") or 0)
    keys.press("ArrowLeft")
    expect(splitter).to_have_attribute("aria-valuenow", str(width + 2))


def test_graphiql_has_docs_history_and_headers(
    server: Process, open_page: OpenPage
) -> None:
    page = open_page(link(server, POSTS, FIVE))
    page.get_by_role("button", name="Headers").click()
    page.locator(".graphiql-editor-tool .graphiql-editor:not(.hidden)").click()
    page.keyboard.insert_text('{"x-tenant": "blue"}')
    with page.expect_request("**/graphql") as sent:
        run(page)
    assert sent.value.headers["x-tenant"] == "blue"
    assert json.loads(sent.value.post_data or "")["variables"] == {"limit": 5}
    assert "blue" not in page.url

    page.get_by_role("button", name="Show Documentation").click()
    docs = page.locator(".graphiql-plugin")
    docs.get_by_role("link", name="Query", exact=True).click()
    expect(docs.get_by_text("publishedPosts")).to_be_visible()
    take_screenshot(page, "docs")
    page.get_by_role("button", name="Show History").click()
    expect(docs.get_by_role("button", name="Posts", exact=True)).to_be_visible()


def violations(page: Page, axe_source: str) -> list[str]:
    """Return what axe finds, the worst first."""
    page.evaluate(axe_source)
    found: list[dict[str, Any]] = page.evaluate(
        "axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)"
    )
    return [
        f"{each['impact']} {each['id']}: {node['target']} {node['failureSummary']}"
        for each in sorted(found, key=lambda each: str(each["impact"]))
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_no_fault(
    server: Process, open_page: OpenPage, axe_source: str, colours: str
) -> None:
    address = link(server, POSTS, '{"limit": 20}')
    page = open_page(address, color_scheme=colours, provokes="400")

    def check(part: str) -> None:
        assert violations(page, axe_source) == [], part

    check("start")
    run(page)
    check("statements")
    page.get_by_role("button", name="EXPLAIN").first.click()
    expect(page.locator(".explain").first).to_be_visible()
    check("explain")
    open_tab(page, "Plan")
    check("plan")
    open_tab(page, "Compare")
    check("before a comparison")
    page.get_by_role("button", name="Compare the paths").click()
    expect(page.get_by_role("button", name="Compare again")).to_be_visible()
    check("comparison")
    page.get_by_role("button", name="Show Documentation").click()
    expect(page.locator(".graphiql-plugin a").first).to_be_visible()
    check("documentation")
    page.get_by_role("button", name="Show History").click()
    check("history")
    open_tab(page, "Viewers")
    check("before viewers are asked")
    page.get_by_role("button", name="Ask as each viewer").click()
    expect(page.get_by_role("button", name="Ask again")).to_be_visible()
    check("viewers")
    open_tab(page, "Table")
    check("table")
    open_tab(page, "Statements")
    page.get_by_label("See as").select_option("User 103")
    expect(page.locator(".sql-of-policy").first).to_be_visible()
    check("policy")
    open_example(page, "Too deep")
    expect(page.locator(".notice-error")).to_be_visible()
    check("error")
    page.get_by_role("button", name="Examples").first.click()
    check("examples")
    page.keyboard.press("Escape")
    page.locator(".graphiql-tab-button", has_text="Posts").click()
    page.get_by_role("radio", name="Lazy").check()
    page.locator(".runs summary").first.click()
    check("lazy loads")


def test_axe_finds_no_fault_on_a_phone(
    server: Process, open_page: OpenPage, axe_source: str
) -> None:
    page = open_page(link(server, POSTS, FIVE), viewport=PHONE)
    assert violations(page, axe_source) == [], "query"
    run(page)
    assert violations(page, axe_source) == [], "answer"
    page.get_by_role("navigation").get_by_role("button", name="SQL").click()
    assert violations(page, axe_source) == [], "statements"
