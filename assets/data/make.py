"""Write the four data sets of this folder and their checksums, byte for byte the same each time.

Run it only to add or change a data set; nnlab itself reads the files it wrote. It needs
scikit-learn (``pip install scikit-learn``), which ships the copies used here and is no dependency
of nnlab. SOURCES.md says where the data come from and what is changed on the way.

    python assets/data/make.py
"""

import hashlib
import zipfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine

HERE = Path(__file__).resolve().parent
Arrays = dict[str, npt.NDArray[np.generic]]


def digits() -> Arrays:
    """Whole numbers from 0 to 16, so one byte a pixel."""
    source = load_digits()
    return {
        "x": source.data.astype(np.uint8),
        "y": source.target.astype(np.uint8),
        "feature_names": np.array(source.feature_names),
        "class_names": np.array([str(name) for name in source.target_names]),
    }


def breast_cancer() -> Arrays:
    """Class 1 is the disease (scikit-learn: 0 is malignant), as is usual in medicine."""
    source = load_breast_cancer()
    return {
        "x": source.data,
        "y": (1 - source.target).astype(np.uint8),
        "feature_names": np.array([str(name) for name in source.feature_names]),
        "class_names": np.array([str(name) for name in source.target_names[::-1]]),
    }


def diabetes() -> Arrays:
    """Features in their original units, not scaled; whole numbers as the target."""
    source = load_diabetes(scaled=False)
    return {
        "x": source.data,
        "y": source.target.astype(np.uint16),
        "feature_names": np.array(source.feature_names),
        "class_names": np.array([], dtype="<U1"),
    }


def wine() -> Arrays:
    """Names with spaces; the classes carry the names of the wines."""
    source = load_wine()
    return {
        "x": source.data,
        "y": source.target.astype(np.uint8),
        "feature_names": np.array([name.replace("_", " ") for name in source.feature_names]),
        "class_names": np.array(["Barolo", "Grignolino", "Barbera"]),
    }


def write(path: Path, arrays: Arrays) -> str:
    """Write an .npz file and return its SHA-256.

    The members are stored, not compressed, with one fixed date: compressed bytes differ between
    versions of zlib, and git and wheels compress the file anyway.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            member.create_system = 3  # the same on every operating system
            member.external_attr = 0o644 << 16
            with archive.open(member, "w") as file:
                np.lib.format.write_array(
                    file, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False
                )
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> None:
    """Write all files, and the list of checksums in the form ``sha256sum --check`` reads."""
    lines = []
    for make in (digits, breast_cancer, diabetes, wine):
        name = f"{make.__name__}.npz"
        lines.append(f"{write(HERE / name, make())}  {name}\n")
    (HERE / "SHA256SUMS").write_text("".join(lines), encoding="ascii", newline="\n")


if __name__ == "__main__":
    main()
