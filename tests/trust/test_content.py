"""Whatever an answer says, the good of it is in the marts and the bad has a reason.

Faults of content, each at all systems and on a key of its own: see `content/`.
"""

import pytest

from ingestion.sources import SYSTEMS as ALL
from tests.support import matrix
from tests.support.rejections import UNKNOWN, listed
from tests.trust.content.story import FAULTS, Story
from tests.trust.content.walk import STORIES, SYSTEMS, Walk, walk

BAD, GOOD, MANGLED = 0, 1, 2
CELLS = [(system, fault) for system in ALL for fault in FAULTS]
_walked: list[Walk | None] = []


@pytest.fixture
def walked(request) -> Walk:
    """Return what was seen of all stories, which one database goes through once."""
    if not _walked:
        database, dbt = map(request.getfixturevalue, ("database", "dbt"))
        _walked.append(None)  # for all others, should it fail
        _walked[0] = walk(database, dbt)
    return _walked[0] or pytest.fail("the walk failed in the first test")


def test_every_fault_has_a_story_or_a_reason_why_not_at_every_system():
    assert list(STORIES) == list(ALL)
    assert all(list(STORIES[system]) == list(FAULTS) for system in ALL)
    assert all(story for stories in STORIES.values() for story in stories.values())


@pytest.mark.parametrize(("system", "fault"), CELLS)
def test_the_good_is_in_the_marts_the_bad_has_a_reason_and_a_good_answer_resolves_it(
    walked, record_property, system, fault
):
    story = STORIES[system][fault]
    if isinstance(story, str):
        record_property(matrix.PROPERTY, ("content", fault, system, "-"))
        return
    for build, expected in ((BAD, story.at_first), (GOOD, story.truth)):
        found = walked.seen[build].marts[system]
        keys = story.at_first.keys() | story.truth.keys()
        told = {key: found[key] for key in keys if key in found}
        SYSTEMS[system].assert_same(told, expected)
    assert walked.rejects(story, BAD) == story.reasons
    assert walked.rejects(story, GOOD) == story.open_reasons
    record_property(matrix.PROPERTY, ("content", fault, system, story.cell))


@pytest.mark.parametrize("build", [BAD, GOOD])
@pytest.mark.parametrize("system", ALL)
def test_the_marts_hold_nothing_else(walked, system, build):
    neighbours = SYSTEMS[system].neighbours()
    told = {
        key
        for other, stories in STORIES.items()
        if type(SYSTEMS[other]) is type(SYSTEMS[system])  # which fill one mart
        for story in stories.values()
        if isinstance(story, Story)
        for key in (story.at_first, story.truth)[build]
    }
    found = walked.seen[build].marts[system]

    assert found.keys() == told | neighbours.keys()
    assert {key: found[key] for key in neighbours} == neighbours


@pytest.mark.parametrize("build", [BAD, GOOD])
def test_every_reject_is_shown_with_the_page_that_it_came_from(walked, build):
    seen = walked.seen[build]

    assert seen.rejects == set(seen.kept)
    assert {reject.code for reject in seen.rejects} <= listed().keys() - {UNKNOWN}
    assert all(
        request in walked.requests[reject.load] for reject, request in seen.kept.items()
    )
    of_stories = sum(
        len(walked.rejects(story, build))
        for stories in STORIES.values()
        for story in stories.values()
        if isinstance(story, Story)
    )
    assert len(seen.rejects) == of_stories


@pytest.mark.parametrize("system", ALL)
def test_mangled_answers_break_no_build_and_change_nothing_that_is_known(
    walked, system
):
    seen = walked.seen[MANGLED]
    truth = SYSTEMS[system].neighbours()
    for story in STORIES[system].values():
        if isinstance(story, Story):
            truth = truth | story.truth
            assert walked.rejects(story, MANGLED) == story.open_reasons

    found = {key: row for key, row in seen.marts[system].items() if key in truth}

    SYSTEMS[system].assert_same(found, truth)
    assert seen.rejects == set(seen.kept)
    assert len(seen.rejects) > len(walked.seen[GOOD].rejects)
