"""Write PyTorch's trajectories as small files that the default test run compares nnlab with.

Run ``python tests/oracle/write_golden.py`` in an environment with the extra [oracle] after a case
was added or changed. The files are data; reviewing them means rerunning this script.
"""

import sys
from pathlib import Path

import numpy as np

GOLDEN = Path(__file__).parent / "golden"


def main():
    sys.path.insert(0, str(Path(__file__).parent))
    import cases
    import pytorch_reference

    for old in GOLDEN.glob("*.npz"):
        old.unlink()
    for case in cases.CASES:
        np.savez(GOLDEN / f"{case.name}.npz", **pytorch_reference.trajectory(case))
    z = np.linspace(-6, 6, 49)
    table = pytorch_reference.activation_table(cases.ACTIVATIONS, z)
    np.savez(GOLDEN / "activations.npz", **table)
    print(f"{len(cases.CASES) + 1} files written")


if __name__ == "__main__":
    main()
