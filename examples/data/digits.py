"""Writes digits.bin, the handwritten digits that the scikit-learn package ships, in the format that README.md describes.

    pip install scikit-learn
    python digits.py
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

pixels, labels = load_digits(return_X_y=True)
records = np.column_stack([pixels, labels])
assert records.shape == (1797, 65) and records.min() == 0 and pixels.max() == 16 and labels.max() == 9
Path(__file__).with_name("digits.bin").write_bytes(records.astype(np.uint8).tobytes())
