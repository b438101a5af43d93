r"""What the lecture states, slide by slide, in our own translation.

The lessons say which cell shows a statement and what came of it: in the metadata of that cell, as
`nnlab.exercises.lecture` describes.
"""

from dataclasses import dataclass

__all__ = ["CHAPTERS", "Chapter", "Statement"]


@dataclass(frozen=True)
class Statement:
    """One thing that a slide states.

    Parameters
    ----------
    key : str
        The name under which a lesson tags it: ``"regression_relu"``.
    slide : str
        Title of the slide.
    text : str
        One sentence. May hold ``$LaTeX$``.
    """

    key: str
    slide: str
    text: str


@dataclass(frozen=True)
class Chapter:
    """A part of the lecture.

    Parameters
    ----------
    title : str
        Its subject.
    statements : tuple of Statement
        In the order of the slides.
    """

    title: str
    statements: tuple[Statement, ...]


def _chapter(title: str, *statements: tuple[str, str, str]) -> Chapter:
    return Chapter(title, tuple(Statement(*statement) for statement in statements))


CHAPTERS = (
    _chapter(
        "Where to start",
        (
            "steps",
            "Where to start?",
            "First define the task, then prepare the data, then build a baseline, then go on to "
            "more complex models and tune their parameters.",
        ),
    ),
    _chapter(
        "Tasks",
        ("regression_relu", "Regression", "The activation function at the output is ReLU."),
        (
            "regression_losses",
            "Regression",
            r"The loss is MSE or MAE, with "
            r"$\mathrm{MSE} = \frac{1}{n} \sum_{i=1}^{n} (Y_i - \hat{Y}_i)^2$.",
        ),
        (
            "binary_head",
            "Binary classification",
            "A sigmoid at the output, and as loss binary cross-entropy, "
            r"$-(y \log(p) + (1 - y) \log(1 - p))$.",
        ),
        (
            "multiclass_head",
            "Multiclass classification",
            "A softmax at the output, and as loss “category cross-entropy”, "
            r"$-\sum_{c=1}^{M} y_{o,c} \log(p_{o,c})$.",
        ),
        (
            "softmax_formula",
            "Multiclass classification",
            r"$\mathrm{softmax}(z_i) = \frac{\exp(z_i)}{\sum_j \exp(z_j)}$.",
        ),
    ),
    _chapter(
        "Preparing the data",
        ("three_parts", "Data", "There are a training, a validation and a test set."),
        (
            "split_proportion",
            "Data",
            "The proportion in which the data are split depends on their amount, the task and the "
            "way of validating.",
        ),
        ("normalization", "Data", "The data are normalized."),
    ),
    _chapter(
        "Bias and variance",
        ("bias_bigger", "Bias / variance", "Against bias: a bigger network."),
        ("bias_epochs", "Bias / variance", "Against bias: more epochs."),
        ("variance_data", "Bias / variance", "Against variance: more data."),
        ("variance_regularization", "Bias / variance", "Against variance: regularization."),
    ),
    _chapter(
        "Regularization",
        ("l1_l2", "Regularization", "One way is L1 or L2 regularization."),
        ("dropout_regularizes", "Regularization", "Another way is dropout."),
    ),
    _chapter(
        "Dropout",
        (
            "dropout_matrix",
            "Dropout",
            "50 % dropout turns the 4 × 4 matrix of the example into one with eight zeros.",
        ),
        ("dropout_rescaling", "Dropout", "What is left is multiplied by 2, during training."),
        ("dropout_test", "Dropout", "At test time the matrix of activations is unchanged."),
    ),
    _chapter(
        "Vanishing and exploding gradients",
        (
            "vanishing_weights",
            "Vanishing / exploding gradient",
            "Vanishing gradient: the weights of the layers near $X$ become close to 0.",
        ),
        (
            "exploding_weights",
            "Vanishing / exploding gradient",
            "Exploding gradient: the weights grow sharply.",
        ),
        ("exploding_seen", "Exploding gradient", "It can be recognized by the training loss."),
        ("exploding_regularization", "Exploding gradient", "A remedy is regularization."),
        ("exploding_clipping", "Exploding gradient", "A remedy is clipping."),
        ("exploding_learning_rate", "Exploding gradient", "A remedy is a lower learning rate."),
        (
            "vanishing_undetectable",
            "Vanishing gradient",
            "There is no reliable way to detect this problem.",
        ),
        (
            "vanishing_saturation",
            "Vanishing gradient",
            "Sigmoid and tanh activations can make the problem worse.",
        ),
        (
            "vanishing_relu",
            "Vanishing gradient",
            "A remedy is ReLU, or one of its variants, in the hidden layers.",
        ),
        (
            "init_small_normal",
            "Vanishing gradient",
            r"A remedy is another initialization of the weights: $N(0, 1) \cdot 0.001$.",
        ),
        (
            "init_lecun",
            "Vanishing gradient",
            r"Or $N(0, 1) \cdot 0.001 \cdot 1 / \sqrt{n}$.",
        ),
        (
            "init_he",
            "Vanishing gradient",
            r"Or $N(0, 1) \cdot 0.001 \cdot \sqrt{2 / n}$.",
        ),
        (
            "init_glorot",
            "Vanishing gradient",
            r"Or $N(0, 1) \cdot 0.001 \cdot "
            r"\sqrt{2 / (n_{\mathrm{input}} + n_{\mathrm{output}})}$.",
        ),
    ),
    _chapter(
        "Optimization",
        (
            "minibatch_formula",
            "Mini-batch gradient descent",
            r"$\theta = \theta - \eta \cdot \nabla_\theta J(\theta; x^{(i:i+n)}; y^{(i:i+n)})$.",
        ),
        (
            "minibatch_minima",
            "Mini-batch gradient descent",
            "For it: it gets stuck in local minima less.",
        ),
        ("minibatch_efficient", "Mini-batch gradient descent", "For it: it learns efficiently."),
        ("minibatch_memory", "Mini-batch gradient descent", "For it: it needs less memory."),
        (
            "minibatch_step",
            "Mini-batch gradient descent",
            "Against it: not every step is the best one.",
        ),
        (
            "difficulty_minima",
            "Optimization",
            "Training gets stuck in local minima or at saddle points.",
        ),
        (
            "difficulty_plateaus",
            "Optimization",
            "Plateaus alternate with regions of strong non-linearity.",
        ),
        (
            "difficulty_rare",
            "Optimization",
            "Some parameters are updated much more rarely than others, above all where the data "
            "hold informative but rare features.",
        ),
        (
            "difficulty_rate",
            "Optimization",
            "With too small a learning rate the algorithm takes very long to converge and gets "
            "stuck in local minima; with too large a one it flies past narrow global minima, or "
            "diverges.",
        ),
        (
            "momentum_formula",
            "Momentum",
            r"$v_t = \gamma v_{t-1} + \eta \nabla_\theta J(\theta)$, then $\theta = \theta - v_t$.",
        ),
        ("momentum_direction", "Momentum", "It keeps information about the direction so far."),
        (
            "adagrad_formula",
            "AdaGrad",
            r"$g_t \equiv \nabla_\theta J(\theta_t)$, then $G_t = G_t + g_t^2$, then "
            r"$\theta_{t+1} = \theta_t - \frac{\eta}{\sqrt{G_t + \epsilon}} g_t$.",
        ),
        (
            "adagrad_effect",
            "AdaGrad",
            "It changes parameters that are often updated by smaller amounts.",
        ),
        ("adam_combination", "AdaGrad", "The combination of these two ideas is Adam."),
    ),
    _chapter(
        "Hyperparameters",
        (
            "tune_learning_rate",
            "Tuning hyperparameters",
            "To be tuned: the learning rate and the optimizer's other parameters.",
        ),
        ("tune_batch", "Tuning hyperparameters", "To be tuned: the size of the mini-batch."),
        (
            "tune_units",
            "Tuning hyperparameters",
            "To be tuned: the number of units in the hidden layers.",
        ),
        ("tune_layers", "Tuning hyperparameters", "To be tuned: the number of layers."),
        ("tune_decay", "Tuning hyperparameters", "To be tuned: the decay of the learning rate."),
        ("manual_search", "Tuning hyperparameters", "One way is manual search."),
        ("grid_search", "Tuning hyperparameters", "One way is grid search."),
        ("random_search", "Tuning hyperparameters", "One way is random search."),
    ),
    _chapter(
        "Batch normalization",
        (
            "batch_norm_mean",
            "Batch normalization",
            r"The mean over a mini-batch: "
            r"$\mu_{\mathcal{B}} \leftarrow \frac{1}{m} \sum_{i=1}^{m} x_i$.",
        ),
        (
            "batch_norm_variance",
            "Batch normalization",
            r"Its variance: $\sigma_{\mathcal{B}}^2 \leftarrow "
            r"\frac{1}{m} \sum_{i=1}^{m} (x_i - \mu_{\mathcal{B}})^2$.",
        ),
        (
            "batch_norm_normalize",
            "Batch normalization",
            r"Normalize: $\hat{x}_i \leftarrow "
            r"\frac{x_i - \mu_{\mathcal{B}}}{\sqrt{\sigma_{\mathcal{B}}^2 + \epsilon}}$.",
        ),
        (
            "batch_norm_scale_shift",
            "Batch normalization",
            r"Scale and shift: $y_i \leftarrow \gamma \hat{x}_i + \beta \equiv "
            r"\mathrm{BN}_{\gamma, \beta}(x_i)$, with learned $\gamma$ and $\beta$.",
        ),
        (
            "batch_norm_test",
            "Batch normalization",
            "At test time, exponentially weighted values over the mini-batches are used.",
        ),
    ),
)
"""The whole lecture."""
