"""A JUnit XML report of its own for each pytest process and attempt, and a mark while it is not complete.

Copy it beside your conftest.py and name it in there:

    pytest_plugins = ["ephemetry_reports"]

Then set EPHEMETRY_REPORTS to a folder. A process that is killed leaves its mark: `ephemetry tests report FOLDER` counts a
lost report, and the run is incomplete.
"""

import os
import time
import uuid

import pytest

_MARK = pytest.StashKey()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    folder = os.environ.get("EPHEMETRY_REPORTS", "")
    # Workers of pytest-xdist report through the process that started them.
    if folder == "" or hasattr(config, "workerinput"):
        return
    os.makedirs(folder, exist_ok=True)
    # The time first: attempts of one file are in order.
    name = f"pytest-{time.time_ns()}-{os.getpid()}-{uuid.uuid4().hex[:8]}.xml"
    path = os.path.join(os.path.abspath(folder), name)
    with open(path + ".started", "w", encoding="utf-8") as mark:
        mark.write(" ".join(config.invocation_params.args))
    config.stash[_MARK] = path
    if not config.option.xmlpath:
        config.option.xmlpath = path


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    path = config.stash.get(_MARK, None)
    if path is None or not os.path.exists(config.option.xmlpath):
        return
    os.remove(path + ".started")
