import copy
import pickle

import numpy as np
import pytest

from nnlab.activations import relu, tanh
from nnlab.initializers import zeros
from nnlab.layers import Activation, BatchNorm, Dense, Dropout
from nnlab.losses import BinaryCrossEntropy, CategoricalCrossEntropy
from nnlab.network import Sequential


def network(seed=0, dtype=np.float32):
    return Sequential(Dense(2, 5), Activation(tanh), Dense(5, 3), seed=seed, dtype=dtype)


def test_layers_are_views_of_the_flat_vectors():
    net = network()
    first = net.layers[0]
    net.theta[:] = np.arange(net.theta.size)
    np.testing.assert_array_equal(first.W.ravel(), np.arange(10))
    np.testing.assert_array_equal(first.b.ravel(), np.arange(10, 15))
    first.W[0, 0] = -1
    assert net.theta[0] == -1
    assert [name for name, _, _ in net.parameters()] == ["0.W", "0.b", "2.W", "2.b"]
    for _, value, grad in net.parameters():
        assert np.shares_memory(value, net.theta)
        assert np.shares_memory(grad, net.grad)


def test_assigning_theta_copies_so_that_the_views_live_on():
    net, other = network(0), network(1)
    net.theta = other.theta
    assert not np.shares_memory(net.theta, other.theta)
    x = np.ones((4, 2))
    np.testing.assert_array_equal(net.forward(x), other.forward(x))
    net.theta -= 0.1 * net.theta
    np.testing.assert_array_equal(net.layers[0].W.ravel(), net.theta[:10])
    with pytest.raises(ValueError, match=r"theta: expected shape \(33,\), got \(2,\)"):
        net.theta = np.zeros(2)


def test_the_same_seed_gives_the_same_network_and_another_seed_another():
    np.testing.assert_array_equal(network(5).theta, network(5).theta)
    assert not np.array_equal(network(5).theta, network(6).theta)
    np.testing.assert_array_equal(
        network(5, np.float32).theta, network(5, np.float64).theta.astype(np.float32)
    )


def test_replicas_start_like_their_solo_networks():
    net = network(seed=range(3))
    assert net.theta.shape == net.grad.shape == (3, 33)
    for seed in range(3):
        np.testing.assert_array_equal(net.theta[seed], network(seed).theta)
    x = np.random.default_rng(0).standard_normal((6, 2)).astype(np.float32)
    z = net.forward(x)
    assert z.shape == (3, 6, 3)
    for seed in range(3):
        np.testing.assert_array_equal(z[seed], network(seed).forward(x))


def test_zero_weights_lose_exactly_ln_of_the_number_of_classes():
    net = Sequential(Dense(4, 10, init=zeros))
    z = net.forward(np.random.default_rng(0).standard_normal((20, 4)))
    loss = CategoricalCrossEntropy().value(z, np.arange(20) % 10)
    assert loss == pytest.approx(np.log(10), rel=1e-6)


def test_repr_shows_the_architecture():
    text = "Sequential(Dense(2, 5), Activation(tanh), Dense(5, 3))  # 33 parameters"
    assert repr(network()) == text
    assert repr(network(range(4))) == text + ", 4 replicas"


def test_forward_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match=r"x: expected shape \(N, features\), got \(2,\)"):
        network().forward(np.zeros(2))
    with pytest.raises(ValueError, match=r"or \(3, N, features\), got \(4, 5, 2\)"):
        network(range(3)).forward(np.zeros((4, 5, 2)))
    with pytest.raises(ValueError, match="expects 2 features"):
        network().forward(np.zeros((5, 3)))


@pytest.mark.parametrize(
    ("layers", "options", "error", "message"),
    [
        ((), {}, ValueError, "at least one layer"),
        ((Dense(2, 4), Activation(relu), Dense(5, 1)), {}, ValueError, "expects 5 .* give 4"),
        ((Dense(2, 4), relu), {}, TypeError, r"expected layers such as .*got <function relu"),
        (([Dense(2, 4)],), {}, TypeError, "layers: expected layers such as"),
        ((Dense(2, 4),), {"dtype": int}, ValueError, "dtype: expected a float type"),
        ((Dense(2, 4),), {"seed": []}, ValueError, "seed: .* empty"),
        ((Dense(2, 4),), {"seed": None}, TypeError, "seed: expected an int"),
        ((Dense(2, 4),), {"seed": 1.5}, TypeError, "seed: expected an int"),
        ((Dense(2, 4),), {"seed": "12"}, TypeError, "seed: expected an int"),
    ],
)
def test_construction_refuses_what_does_not_fit(layers, options, error, message):
    with pytest.raises(error, match=message):
        Sequential(*layers, **options)


def test_backward_fills_the_flat_gradient_for_shared_and_own_data():
    net = Sequential(Dense(2, 1), seed=range(2), dtype=np.float64)
    loss, x = BinaryCrossEntropy(), np.random.default_rng(0).standard_normal((2, 6, 2))
    y = np.array([0, 1, 0, 1, 1, 1])
    net.backward(loss.grad(net.forward(x), y))
    own = net.grad.copy()
    for k in range(2):
        net.backward(loss.grad(net.forward(x[k]), y))
        np.testing.assert_array_equal(net.grad[k], own[k])


@pytest.mark.parametrize("layer", [Dense(3, 3), Activation(relu)], ids=["dense", "activation"])
def test_a_layer_used_twice_is_refused(layer):
    with pytest.raises(ValueError, match="a new layer at every place"):
        Sequential(layer, Activation(tanh), layer)


def test_backward_refuses_what_does_not_fit():
    net = network()
    with pytest.raises(RuntimeError, match=r"call net.forward\(x\) first"):
        net.backward(np.zeros((4, 3)))
    net.forward(np.zeros((4, 2)))
    with pytest.raises(ValueError, match=r"dz: expected the shape of the outputs, \(4, 3\)"):
        net.backward(np.zeros((4, 1)))


def everything(seed=0):
    return Sequential(
        Dense(2, 4, bias=False), BatchNorm(4), Activation(tanh), Dropout(0.5), Dense(4, 3),
        seed=seed, dtype=np.float64,
    )  # fmt: skip


def test_only_weights_are_marked_as_weights():
    net = everything()
    marked = {name for name, value, _ in net.parameters() if mask_of(net, value).all()}
    unmarked = {name for name, value, _ in net.parameters() if not mask_of(net, value).any()}
    assert marked == {"0.W", "4.W"}
    assert unmarked == {"1.gamma", "1.beta", "4.b"}


def mask_of(net, value):
    """Return the mask where `value` lies in theta, found by writing into it."""
    before = net.theta.copy()
    value += 1
    changed = net.theta != before
    value -= 1
    return net.weight_mask[changed]


def test_running_statistics_are_views_of_the_buffers():
    net = everything([1, 2])
    norm = net.layers[1]
    assert net.buffers.shape == (2, 8)
    net.buffers[1] = np.arange(8)
    np.testing.assert_array_equal(norm.running_mean[1, 0], [0, 1, 2, 3])
    np.testing.assert_array_equal(norm.running_var[1, 0], [4, 5, 6, 7])
    assert network().buffers.shape == (0,)


@pytest.mark.parametrize("seed", [3, [3, 4]])
def test_a_snapshot_brings_everything_back(seed):
    net, x = everything(seed), np.random.default_rng(0).standard_normal((6, 2))
    net.forward(x, training=True)
    snapshot = net.snapshot()
    first = [net.forward(x, training=True) for _ in range(2)]
    net.theta += 1
    net.restore(snapshot)
    np.testing.assert_array_equal(net.theta, snapshot.theta)
    np.testing.assert_array_equal(net.buffers, snapshot.buffers)
    for expected in first:
        np.testing.assert_array_equal(net.forward(x, training=True), expected)
    # the views still are views, and the snapshot is a copy
    net.theta[...] = 0
    assert net.layers[0].W.max() == 0
    assert snapshot.theta.max() > 0


def test_a_snapshot_of_another_network_is_refused_before_anything_changes():
    solo, pair = everything(1), everything([1, 2])
    before = pair.snapshot()
    for other in (solo.snapshot(), network().snapshot()):
        with pytest.raises(ValueError, match=r"snapshot: expected shapes .* of another network"):
            pair.restore(other)
    np.testing.assert_array_equal(pair.theta, before.theta)


@pytest.mark.parametrize("seed", [3, [3, 4]])
@pytest.mark.parametrize(
    "duplicate",
    [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))],
    ids=["copy", "pickle"],
)
def test_a_copy_is_a_network_of_its_own_that_trains_alike(duplicate, seed):
    net, loss = everything(seed), CategoricalCrossEntropy()
    x, y = np.random.default_rng(0).standard_normal((6, 2)), np.arange(6) % 3
    net.forward(x, training=True)
    twin = duplicate(net)
    start = net.theta.copy()

    def train(net):
        for _ in range(3):
            z = net.forward(x, training=True)
            net.backward(loss.grad(z, y))
            net.theta -= 0.1 * net.grad

    train(twin)
    np.testing.assert_array_equal(net.theta, start)
    assert not np.array_equal(twin.theta, start)
    train(net)
    np.testing.assert_array_equal(twin.theta, net.theta)
    np.testing.assert_array_equal(twin.buffers, net.buffers)
    np.testing.assert_array_equal(twin.forward(x), net.forward(x))
    assert repr(twin) == repr(net)


def test_outputs_are_those_of_every_layer():
    net, x = everything([3, 4]), np.random.default_rng(0).standard_normal((6, 2))
    state = net.snapshot()
    outputs = net.outputs(x.astype(np.float32), training=True)
    net.restore(state)
    assert len(outputs) == len(net.layers)
    np.testing.assert_array_equal(outputs[-1], net.forward(x.astype(np.float32), training=True))
    np.testing.assert_array_equal(outputs[2], np.tanh(outputs[1]))
    net.backward(np.ones_like(outputs[-1]))
    with pytest.raises(ValueError, match="expects 2 features"):
        net.outputs(np.zeros((5, 3)))


@pytest.mark.parametrize(
    "x", [np.full((4, 2), "1"), np.zeros((4, 2), complex), np.full((4, 2), None)]
)
def test_forward_refuses_what_is_no_number(x):
    for method in (network().forward, network().outputs):
        with pytest.raises(TypeError, match="x: expected numbers, got"):
            method(x)


def test_backward_takes_lists_and_refuses_what_does_not_fit():
    net = network()
    net.forward(np.zeros((1, 2)))
    net.backward([[1.0, 0.0, -1.0]])
    np.testing.assert_array_equal(net.layers[-1].db, [[1, 0, -1]])
    with pytest.raises(ValueError, match="dz: expected the shape"):
        net.backward([1.0, 0.0, -1.0])
