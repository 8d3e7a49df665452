"""Names that stay apart."""

from hypothesis import given
from hypothesis import strategies as st

from il2struct.results.entry_tables import distinct_name


def test_a_free_name_stays_and_a_taken_one_gets_the_next_number():
    assert distinct_name("a", []) == "a"
    assert distinct_name("a", ["a"]) == "a_2"
    assert distinct_name("a", {"a", "a_2", "a_4"}) == "a_3"


@given(st.lists(st.sampled_from(["a", "a_2", "a_2_2", "b"]), max_size=12))
def test_any_sequence_of_names_ends_up_distinct(names):
    taken: list[str] = []
    for name in names:
        given_name = distinct_name(name, taken)
        assert given_name.startswith(name)
        taken.append(given_name)
    assert len(set(taken)) == len(names)
