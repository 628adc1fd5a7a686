"""Labels say what the latest comment says, and go when nothing asks for them any more."""

import pytest

from reconciler.errors import BadInput
from reconciler.flows.commenting import Wish
from reconciler.model.comment import Label
from tests.forges.azure import Azure
from tests.forges.conversations import KINDS, RED, STOP, a_double, comment, wish
from tests.forges.doubles import TOKEN, Fault, Forge, said
from tests.forges.github import GitHub
from tests.forges.gitlab import GitLab

NO = Label("no", "000000", "")


@pytest.fixture(params=KINDS)
def double(request: pytest.FixtureRequest) -> Forge:
    return a_double(request.param)


def test_labels_come_and_go_as_the_plan_changes(double: Forge) -> None:
    double.labels.append("bug")
    done = comment(double, wish("Removes", "plan", RED))
    assert (done.added, done.removed) == (("removals",), ())
    assert double.labels == ["bug", "removals"]
    done = comment(double, wish("Refused", "plan", STOP))
    assert (done.added, done.removed) == (("refused",), ("removals",))
    assert double.labels == ["bug", "refused"]
    done = comment(double, wish("No differences."))
    assert (done.added, done.removed) == ((), ("refused",))
    assert double.labels == ["bug"]


def test_a_label_that_is_missing_is_made_with_its_colour_where_labels_have_one(
    double: Forge,
) -> None:
    comment(double, wish("Removes", "plan", RED))
    colours: dict[type[Forge], dict[str, str]] = {
        GitHub: {"color": "d93f0b"},
        GitLab: {"color": "#d93f0b"},
        Azure: {},
    }
    assert double.known_labels == {"removals": colours[type(double)]}


def test_a_label_that_exists_keeps_its_colour(double: Forge) -> None:
    double.known_labels["removals"] = {"color": "ffffff"}
    comment(double, wish("Removes", "plan", RED))
    assert double.known_labels == {"removals": {"color": "ffffff"}}


def test_a_label_that_somebody_else_makes_meanwhile_is_no_trouble(double: Forge) -> None:
    def happen(method: str, path: str) -> None:
        if method == "POST" and path.endswith("/labels"):
            double.known_labels.setdefault("removals", {"color": "ffffff"})

    double.before.append(happen)
    comment(double, wish("Removes", "plan", RED))
    assert double.labels == ["removals"]


def test_labels_that_are_right_are_not_written_again(double: Forge) -> None:
    comment(double, wish("Removes", "plan", RED))
    writes = len(double.writes())
    comment(double, wish("Removes", "plan", RED))
    assert len(double.writes()) == writes


def test_a_label_stays_while_another_comment_of_ours_asks_for_it(double: Forge) -> None:
    comment(double, wish("Removes", "staff", RED))
    comment(double, wish("Removes too", "guests", RED))
    assert comment(double, wish("Nothing", "staff")).removed == ()
    assert double.labels == ["removals"]
    assert comment(double, wish("Nothing", "guests")).removed == ("removals",)
    assert double.labels == []


def test_a_label_of_an_earlier_name_goes(double: Forge) -> None:
    comment(double, wish("Removes", "plan", RED))
    other = Label("takes access away", "d93f0b", "")
    comment(double, Wish("plan", "Removes", (other,), (other, NO)))
    assert double.labels == ["takes access away"]


def test_labels_are_left_alone_where_none_are_managed(double: Forge) -> None:
    double.labels += ["removals", "refused"]
    comment(double, Wish("plan", "Nothing"))
    assert double.labels == ["removals", "refused"]
    assert all("labels" not in each.path for each in double.asked)


@pytest.mark.parametrize("name", ["a/b", "ö & ü?", "x%20y", 'a"b', "100%", "a#b"])
def test_a_label_may_have_any_name(name: str, double: Forge) -> None:
    label = Label(name, "d93f0b", "")
    for _ in range(2):
        comment(double, Wish("plan", "Removes", (label,), (label, NO)))
        assert double.labels == [name]
    comment(double, Wish("plan", "Nothing", (), (label, NO)))
    assert double.labels == []


def test_github_knows_labels_without_regard_to_case() -> None:
    double = GitHub(labels=["Removals"], known_labels={"Removals": {"color": "ffffff"}})
    assert comment(double, wish("Removes", "plan", RED)).added == ()
    assert comment(double, wish("Nothing")).removed == ("Removals",)
    assert double.labels == []


def test_labels_that_are_refused_leave_the_comment_in_place(double: Forge) -> None:
    fault = Fault("POST", "/labels", said(403, "Resource not accessible by integration"))
    double.faults.append(fault)
    with pytest.raises(BadInput, match="comment is in place") as refused:
        comment(double, wish("Removes", "plan", RED))
    assert "--no-labels" in str(refused.value)
    assert TOKEN not in str(refused.value)
    assert len(double.notes) == 1


def test_a_token_of_gitlab_with_too_small_a_scope_is_told() -> None:
    double = GitLab(may_write=False)
    with pytest.raises(BadInput, match="insufficient_scope"):
        comment(double, wish("Hello"))
