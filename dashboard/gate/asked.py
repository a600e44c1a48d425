"""What a browser may ask for over its socket: to run its page, to upload, and a file of its own.

Streamlit hears more than its pages ever ask for: to empty caches, to tell of the code's repository,
to write files beside the app; and a file that a button makes it makes for whoever knows its number.
"""

from __future__ import annotations

from google.protobuf.message import DecodeError
from streamlit.proto.BackMsg_pb2 import BackMsg

from dashboard.gate.headers import Message

PLAIN = frozenset({"rerun_script", "stop_script", "app_heartbeat", "file_urls_request"})
MADE = "deferred_file"  # the one operation of those that Streamlit offers beside runs of a page


def read(message: Message) -> BackMsg | None:
    """What a message from a browser asks for; None for what is no message of Streamlit's."""
    asked = BackMsg()
    try:
        asked.ParseFromString(message.get("bytes") or b"")
    except DecodeError:
        return None
    return asked


def is_plain(asked: BackMsg) -> bool:
    """Whether anybody who is in may ask for it."""
    return asked.WhichOneof("type") in PLAIN


def file_of(asked: BackMsg) -> str | None:
    """The number of the file that is to be made; None where it is asked for something else."""
    if asked.WhichOneof("type") != "backend_operation_request":
        return None
    operation = asked.backend_operation_request
    return operation.deferred_file.file_id if operation.WhichOneof("payload") == MADE else None
