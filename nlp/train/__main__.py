"""``python -m nlp.train``: all shipped models from the data folder, seeds fixed.

``--held-out`` trains on the training part alone, as the accuracy benchmark does; without it the
shipped models see every row (their calibration still comes from rows they were not fitted on).
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from nlp.model import MODELS
from nlp.train.build import build, build_accounts, build_voices

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m nlp.train", description=__doc__)
    parser.add_argument("--out", type=Path, default=MODELS, help="folder to write to")
    parser.add_argument("--held-out", action="store_true", help="leave the test part of the split out")
    parser.add_argument("--accounts", action="store_true", help="the spammer trees alone")
    parser.add_argument("--voices", action="store_true", help="the voice head alone")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    if arguments.accounts:
        build_accounts(arguments.out)
    elif arguments.voices:
        build_voices(arguments.out, held_out=arguments.held_out)
    else:
        build(arguments.out, held_out=arguments.held_out)
