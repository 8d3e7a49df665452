"""The commands ``compare``, ``overlap``, ``variants`` and ``predicted``, as users type them."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

pytestmark = pytest.mark.entries

