import sys
from pathlib import Path

# The corpus is a set of modules beside these tests.
sys.path.insert(0, str(Path(__file__).parent))
