# Makes Matplotlib's list of fonts here: in the first lesson it would take long and print a warning,
# which a strict comparison of notebooks takes for a difference.
import matplotlib.font_manager  # noqa: F401
from hypothesis import settings

# A busy machine is no bug: examples may take as long as they need.
settings.register_profile("nnlab", deadline=None)
settings.load_profile("nnlab")
