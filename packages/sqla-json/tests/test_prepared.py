"""What statements are kept by, from request to request."""

from dataclasses import fields, replace

from sqla_json.now import AskedRows
from sqla_json.prepared import _is_kept, _structure
from sqla_selection.arguments import OrderKey, Position, Window


def test_each_field_of_a_window_is_in_what_a_statement_is_kept_by():
    others = {
        "filter": None,  # is the condition of the rows
        "order": (OrderKey((), "id"),),
        "limit": 1,
        "offset": 1,
        "after": Position((1,)),
        "before": Position((1,)),
        "is_backward": True,
        "is_connection": True,
    }
    assert others.keys() == {field.name for field in fields(Window)}
    plain = AskedRows(None, window=Window())
    for name, value in others.items():
        if value is not None:
            rows = plain._replace(window=replace(Window(), **{name: value}))
            assert not _is_kept(rows) or _structure(rows) != _structure(plain), name
