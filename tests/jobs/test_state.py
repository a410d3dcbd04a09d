import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_parallax.jobs.state import load_state, save_state

leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8))
trees = st.dictionaries(
    st.text(max_size=5),
    st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.tuples(inner, inner),
            st.dictionaries(st.one_of(st.text(max_size=5), st.integers()), inner, max_size=3),
        ),
        max_leaves=10,
    ),
    max_size=4,
)


@settings(max_examples=40, deadline=None)
@given(tree=trees)
def test_a_tree_comes_back_as_it_was(tree, tmp_path_factory):
    path = tmp_path_factory.mktemp("state") / "s.npz"
    save_state(path, tree)
    again = load_state(path)
    assert again == tree
    assert repr(again) == repr(tree)


def test_arrays_come_back_with_type_shape_and_bits(tmp_path):
    state = {
        "depth": {"history": [np.full((3, 2), np.nan, np.float32), np.zeros((0, 4), np.uint16)]},
        "turned": np.arange(6, dtype=np.int64).reshape(2, 3).T,
        "mask": np.array([[True, False]]),
        "scale": np.float32(0.1),
        "zero": np.array(5.0),
    }
    save_state(tmp_path / "s.npz", state)
    again = load_state(tmp_path / "s.npz")
    assert again["depth"]["history"][0].tobytes() == state["depth"]["history"][0].tobytes()
    assert again["depth"]["history"][1].shape == (0, 4)
    assert np.array_equal(again["turned"], state["turned"]) and again["turned"].dtype == np.int64
    assert again["mask"].dtype == bool
    assert type(again["scale"]) is np.float32 and again["scale"] == np.float32(0.1)
    assert isinstance(again["zero"], np.ndarray) and again["zero"].shape == ()
    again["turned"][0, 0] = 7  # a stage goes on writing into what it gets back


@pytest.mark.parametrize("value", [{1, 2}, object(), np.array([object()]), {1.5: 2}])
def test_what_cannot_be_kept_is_named(value, tmp_path):
    with pytest.raises(TypeError, match=r"state\['stage'\]\['x'\]"):
        save_state(tmp_path / "s.npz", {"stage": {"x": value}})
    assert not (tmp_path / "s.npz").exists()
