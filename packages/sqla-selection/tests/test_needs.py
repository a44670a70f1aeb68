from sqla_selection.needs import Needs


def columns(*names):
    return Needs(frozenset(names))


class TestNeeds:
    def test_are_joined(self):
        one = Needs(frozenset({"a"}), (("x", columns("p")),))
        other = Needs(frozenset({"b"}), (("y", columns("q")),), ("z",))

        assert one | other == Needs(
            frozenset({"a", "b"}),
            (("x", columns("p")), ("y", columns("q"))),
            ("z",),
        )
        assert (other | one).target == ("z",)

    def test_below_a_relationship_are_its_targets(self):
        assert columns("a").below("x") == Needs(relationships=(("x", columns("a")),))

    def test_below_a_relationship_keep_where_they_lead(self):
        needs = Needs(frozenset({"a"}), (), ("y",))

        assert needs.below("x") == Needs(
            relationships=(("x", columns("a")),), target=("x", "y")
        )
        assert Needs(target=("y",)).below("x") == Needs(target=("x", "y"))
