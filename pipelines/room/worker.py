"""The process that runs one person's SQL, started for it and gone after it.

It knows nothing of Rounds and imports nothing of it: it is run by its path, with an empty
environment, in an empty folder. The guards, from the outside in:

- The parent kills the process group at a timeout or cancel, reads no more than so many bytes, and
  shows a sentence whatever happens here: a crash here is no crash there.
- Linux, where the kernel lets users make namespaces: a user namespace (no rights over anything
  else), a network namespace (no network, not even loopback), and the copy's folder as the root of
  the file system (no other file has a name). Where it doesn't (hardened systems, containers, and
  macOS) these three are missing, and `guards` in the answer lacks them: DuckDB still opens no other
  file, but what it says of its databases names the folder that the home is in.
- Linux and macOS: limits on processor time, size of files (none can be written), open files, core
  dumps and, for others than root, processes; an alarm ends it should the parent be gone. On Linux
  also on address space (macOS doesn't keep that one: there DuckDB's own limit is left).
- DuckDB: the tables attached read-only, then no external access, no extensions, no files for what
  doesn't fit, one thread, a memory limit, no look at Python's variables, and the configuration
  locked. One statement of the kind that reads, by DuckDB's own parser.

The job is a JSON object on standard input; each answer is a line of JSON and, after a result, as
many bytes of Arrow's stream format as it says.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import signal
import sys
from typing import Any

NAMESPACES = {"user": 0x10000000, "network": 0x40000000, "ipc": 0x08000000, "uts": 0x04000000}
NO_NEW_PRIVILEGES = 38
DUMPABLE = 4
BATCH = 2048  # rows that are fetched at once
FILES = 128
# What DuckDB's results have and a table of ours doesn't: shown as their text.
PLAIN = ("bool", "int", "uint", "float", "double", "string", "large_string", "date", "timestamp",
         "time", "decimal", "null")  # fmt: skip


def confine() -> list[str]:
    """Leave the networks and the other users' rights, before any library starts a thread."""
    if not sys.platform.startswith("linux"):
        return []
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    libc.prctl(DUMPABLE, 0, 0, 0, 0)
    if libc.unshare(sum(NAMESPACES.values())) == 0:
        return list(NAMESPACES)
    return []


def enter(guards: list[str]) -> None:
    """Make the current folder, in which the copy stands, the root of the file system."""
    if "user" in guards:
        with contextlib.suppress(OSError):
            os.chroot(".")
            os.chdir("/")
            guards.append("files")


def limit(job: dict[str, Any]) -> None:
    """Set the limits of the operating system."""
    seconds = int(job["seconds"]) + 1
    os.nice(5)
    signal.alarm(seconds + 2)
    wanted = {
        "RLIMIT_CPU": seconds, "RLIMIT_FSIZE": 0, "RLIMIT_CORE": 0, "RLIMIT_NOFILE": FILES,
        "RLIMIT_NPROC": 0, "RLIMIT_AS": int(job["address_space"]),
    }  # fmt: skip
    for name, most in wanted.items():
        try:
            resource.setrlimit(getattr(resource, name), (most, most))
        except (AttributeError, ValueError, OSError):
            continue  # not known, or not kept, on this system


def connect(duckdb: Any, job: dict[str, Any]) -> Any:
    """A connection that sees the copy's tables, and can be told nothing else any more."""
    sql = duckdb.connect(
        ":memory:rounds",
        config={
            "threads": 1, "memory_limit": job["memory"], "temp_directory": "",
            "autoinstall_known_extensions": False, "autoload_known_extensions": False,
            "allow_community_extensions": False, "allow_persistent_secrets": False,
            "python_enable_replacements": False, "python_scan_all_frames": False,
            "extension_directory": "/", "secret_directory": "/", "home_directory": "/",
            "enable_object_cache": False,
        },
    )  # fmt: skip
    for name, columns in job["schema"].items():
        if name in job["made"]:
            sql.execute(f"ATTACH '{name}.duckdb' AS in_{name} (READ_ONLY)")
        else:
            # A table that nobody asked for yet: its name and columns are told, asking it fails.
            parts = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
            sql.execute(f"ATTACH ':memory:' AS in_{name}")
            sql.execute(f'CREATE TABLE in_{name}."{name}" ({parts})')
        # Texts of few values are kept as codes: the person who asks sees texts.
        told = ", ".join(f'CAST("{one}" AS {kind}) AS "{one}"' for one, kind in columns.items())
        sql.execute(f'CREATE VIEW "{name}" AS SELECT {told} FROM in_{name}."{name}"')
        if name not in job["made"]:
            sql.execute(f"DETACH in_{name}")
    for setting in (
        "enable_external_access = false", "disabled_filesystems = 'LocalFileSystem'",
        "enable_progress_bar = false", "TimeZone = 'UTC'", "lock_configuration = true",
    ):  # fmt: skip
        sql.execute(f"SET {setting}")
    return sql


def one_question(duckdb: Any, text: str) -> str:
    """The statement to run; ValueError with the reason where the text is none that reads."""
    statements = duckdb.extract_statements(text)
    if len(statements) != 1:
        raise ValueError("none" if not statements else "several")
    kinds = duckdb.StatementType
    if statements[0].type == kinds.EXPLAIN:
        explained = _explained(duckdb, text)
        inner = duckdb.extract_statements(explained)
        if len(inner) != 1 or inner[0].type != kinds.SELECT:
            raise ValueError("kind")
        return f"EXPLAIN {explained}"
    if statements[0].type != kinds.SELECT:
        raise ValueError("kind")
    return text


def _explained(duckdb: Any, text: str) -> str:
    """What follows EXPLAIN and its ANALYZE, by DuckDB's own reading of words."""
    starts = [at for at, _ in duckdb.tokenize(text)]
    skip = 1 + (len(starts) > 1 and text[starts[1] :].lower().startswith("analyze"))
    return text[starts[skip] :] if len(starts) > skip else ""


def answer(duckdb: Any, arrow: Any, sql: Any, job: dict[str, Any], text: str) -> None:
    """Run one text and write what it gives."""
    try:
        question = one_question(duckdb, text)
        if job.get("explain") and not question.startswith("EXPLAIN "):
            question = f"EXPLAIN {question}"
        reader = sql.execute(question).to_arrow_reader(BATCH)
        content, rows, cut = _taken(arrow, reader, int(job["rows"]), int(job["bytes"]))
    except ValueError as refused:
        told = str(refused) if str(refused) in ("none", "several", "kind", "bytes") else "fault"
        _say({"refused": told})
    except duckdb.Error as error:
        wanting = [one for one in job["schema"] if f'"in_{one}"' in str(error)]
        if isinstance(error, duckdb.CatalogException) and set(wanting) - set(job["made"]):
            _say({"wanting": wanting})
        else:
            _say({"error": type(error).__name__, "text": str(error)[:2000]})
    except MemoryError:
        _say({"error": "OutOfMemoryException", "text": ""})
    except Exception as error:
        _say({"error": type(error).__name__, "text": ""})
    else:
        _say({"rows": rows, "cut": cut, "bytes": len(content)}, content)


def _taken(arrow: Any, reader: Any, most: int, room: int) -> tuple[bytes, int, bool]:
    """At most so many rows as Arrow's stream; ValueError where they take more bytes than may be."""
    batches, rows, size, cut = [], 0, 0, False
    for batch in reader:
        cut = rows + batch.num_rows > most
        batch = batch.slice(0, most - rows)
        size += batch.nbytes
        if size > room:
            raise ValueError("bytes")
        batches.append(batch)
        rows += batch.num_rows
        if cut:
            break
    sink = arrow.BufferOutputStream()
    fields = _fields(arrow, reader.schema)
    with arrow.ipc.new_stream(sink, fields) as stream:
        for batch in batches:
            columns = [
                column if column.type == field.type else _as_text(arrow, column)
                for column, field in zip(batch.columns, fields, strict=True)
            ]
            stream.write_batch(arrow.record_batch(columns, schema=fields))
    content = sink.getvalue().to_pybytes()
    if len(content) > room:
        raise ValueError("bytes")
    return content, rows, cut


def _fields(arrow: Any, schema: Any) -> Any:
    """The columns with names that differ, and the kinds that a table has."""
    names: list[str] = []
    for field in schema:
        name, count = field.name, 1
        while name in names:
            count += 1
            name = f"{field.name}_{count}"
        names.append(name)
    kinds = [
        field.type if str(field.type).split("[")[0].split("(")[0].rstrip("0123456789") in PLAIN
        else arrow.string()
        for field in schema
    ]  # fmt: skip
    return arrow.schema(list(zip(names, kinds, strict=True)))


def _as_text(arrow: Any, column: Any) -> Any:
    texts = [None if value is None else _text(value) for value in column.to_pylist()]
    return arrow.array(texts, arrow.string())


def _text(value: Any) -> str:
    if hasattr(value, "nanoseconds"):  # an interval
        seconds = value.nanoseconds / 1e9
        return f"{value.months} months {value.days} days {seconds:g} seconds"
    return str(value)


def _say(told: dict[str, Any], content: bytes = b"") -> None:
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + content)
    sys.stdout.buffer.flush()


def main() -> None:
    """Read the job, put every guard in place, and answer."""
    guards = confine()
    import duckdb
    import pyarrow
    import pyarrow.ipc

    job = json.load(sys.stdin)
    enter(guards)
    limit(job)
    try:
        sql = connect(duckdb, job)
    except duckdb.Error as error:
        _say({"error": "Start", "text": type(error).__name__})
        return
    _say({"guards": guards})
    for text in job["texts"]:
        answer(duckdb, pyarrow, sql, job, text)


if __name__ == "__main__":
    main()
