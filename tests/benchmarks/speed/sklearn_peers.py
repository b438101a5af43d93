"""The same training in scikit-learn; importing this needs the extra [oracle]."""

import warnings

from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from .tasks import LEARNING_RATE, data


def classifier(task, epochs):
    """Return a classifier that trains all epochs: nothing stops it early, nothing shrinks it."""
    return MLPClassifier(
        task.widths[1:-1], alpha=0.0, batch_size=task.batch, learning_rate_init=LEARNING_RATE,
        max_iter=epochs, n_iter_no_change=epochs, tol=0.0, shuffle=True, random_state=0,
    )  # fmt: skip


def fitting(task, epochs):
    """A turn makes a classifier and fits it."""
    x, y = data(task)

    def turn():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # max_iter reached, as wanted
            model = classifier(task, epochs).fit(x, y)
        assert model.n_iter_ == epochs
        return model

    return turn
