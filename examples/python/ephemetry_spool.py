"""Writes measurements into ephemetry's spool: no SDK, no thread, no network. A drain delivers them.

    with contextlib.closing(Spool("nightly")) as spool:
        spool.counter("rows_total", 120, {"table": "orders"})   # on disk when it returns
"""

import contextlib
import json
import os
import re
import stat
import sys
import time
import uuid

PART_LIMIT_BYTES = 1024 * 1024


class Spool:
    """One run: a process, or a part of one. Not for several threads, and not across os.fork()."""

    def __init__(self, service, directory=None):
        self.run_id = str(uuid.uuid4())
        self.directory = _open_directory(directory or _default_directory())
        self._service, self._owner = service, _owner_tag()
        self._sequence = self._part = 0
        self._descriptor, self._started = None, time.time_ns()

    def counter(self, name, value, attributes=None):
        """Adds an amount, 0 or more."""
        point = {**self._since(name, value), "asDouble": float(value)}
        self._write(name, attributes, "sum", point, aggregationTemporality=1, isMonotonic=True)

    def gauge(self, name, value, attributes=None):
        """Sets a level."""
        self._since(name, value, -sys.float_info.max, sys.float_info.max)
        self._write(name, attributes, "gauge", {"asDouble": float(value)})

    def histogram(self, name, value, bounds, attributes=None):
        """Sorts a value, 0 or more, into buckets with these upper bounds."""
        bucket = next((i for i, bound in enumerate(bounds) if value <= bound), len(bounds))
        counts = ["1" if i == bucket else "0" for i in range(len(bounds) + 1)]
        point = {"count": "1", "sum": value, "bucketCounts": counts, "explicitBounds": list(bounds)}
        self._write(name, attributes, "histogram", {**self._since(name, value), **point}, aggregationTemporality=1)

    def close(self):
        """Frees the file for any drain. Without it a drain waits until this process is gone."""
        if self._descriptor is None:
            return
        descriptor, self._descriptor = self._descriptor, None
        os.close(descriptor)
        with contextlib.suppress(OSError):  # A drain took it.
            os.rename(self._path(self._owner), self._path("free"))

    def _since(self, name, value, least=0, most=2**53):
        if not least <= value <= most:  # NaN is not, either.
            raise ValueError(f"{name} was given {value}; allowed: {'0 to 2^53' if least == 0 else 'finite numbers'}")
        return {"startTimeUnixNano": str(self._started)}

    def _write(self, name, attributes, kind, point, **data):
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_.\-/]{0,254}", name):
            raise ValueError(f"the name is {name!r}; allowed: a letter, then up to 254 letters, digits, _ . - /")
        point = {"attributes": _attributes(attributes or {}), "timeUnixNano": str(time.time_ns()), **point}
        # Never the same pair for two batches, also when Ctrl-C comes between two lines: by it a receiver knows a repeat.
        self._sequence += 1
        identity = {"service.instance.id": self.run_id, "ephemetry.batch.sequence": self._sequence, "service.name": self._service}
        metrics = [{"name": name, kind: {**data, "dataPoints": [point]}}]
        request = {"resourceMetrics": [{"resource": {"attributes": _attributes(identity)}, "scopeMetrics": [{"scope": {}, "metrics": metrics}]}]}
        self._append(json.dumps(request, allow_nan=False).encode() + b"\n")

    def _append(self, line):
        if self._descriptor is not None and os.fstat(self._descriptor).st_size >= PART_LIMIT_BYTES:
            self.close()
        if self._descriptor is None:
            self._open_part()
        size = os.fstat(self._descriptor).st_size
        try:
            if os.write(self._descriptor, line) < len(line):
                raise OSError(f"{self.directory}: the disk is full")
        except OSError:
            os.ftruncate(self._descriptor, size)  # Half a line would swallow the next one.
            raise
        if os.fstat(self._descriptor).st_nlink == 0:  # A drain took this process for dead; the line is in no directory.
            descriptor, self._descriptor = self._descriptor, None
            os.close(descriptor)
            self._append(line)

    def _open_part(self):
        self._part += 1
        flags = os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC
        self._descriptor = os.open(self._path(self._owner), flags, 0o600)
        os.fchmod(self._descriptor, 0o600)  # Whatever the umask says.

    def _path(self, owner):
        return os.path.join(self.directory, f"{self.run_id}.{self._part}.{owner}.0.jsonl")


def _attributes(values):
    """Whole numbers of 64 bits as such; all else, True as well, as text: a Collector refuses a batch for one malformed value."""
    return [{"key": str(key), "value": {"intValue" if type(v) is int and abs(v) < 2**63 else "stringValue": str(v)}} for key, v in values.items()]


def _default_directory():
    named = os.environ.get("EPHEMETRY_SPOOL_DIR", "").strip()
    state = os.environ.get("XDG_STATE_HOME", "")
    state = state if os.path.isabs(state) else os.path.expanduser("~/.local/state")
    return named or os.path.join(state, "ephemetry", "spool")


def _open_directory(path):
    """Makes what is missing for this user alone, and refuses what others could change."""
    path, current = os.path.abspath(path), os.sep
    for level in path.split(os.sep)[1:]:
        current = os.path.join(current, level)
        if not os.path.lexists(current):
            os.makedirs(current, 0o700, exist_ok=True)
        is_last = current == path
        found = os.lstat(current) if is_last else os.stat(current)
        is_ours = found.st_uid == os.geteuid() or (found.st_uid == 0 and not is_last)
        is_guarded = not is_last and (found.st_mode & stat.S_ISVTX or found.st_uid == 0)
        if not stat.S_ISDIR(found.st_mode) or not is_ours or (found.st_mode & 0o022 and not is_guarded):
            raise PermissionError(f"{current} must be a directory that this user alone can write to; set EPHEMETRY_SPOOL_DIR")
    return path


def _owner_tag():
    """<pid>-<start time>-<boot and process namespace>: any drain can tell whether this process lives."""
    try:
        with open("/proc/self/stat", encoding="latin-1") as file:
            start = file.read().rpartition(")")[2].split()[19]
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            boot = file.read()[:8]
        return f"{os.getpid()}-{start}-{boot}{_base36(os.stat('/proc/self/ns/pid').st_ino)}"
    except OSError:  # Not Linux: as drains there tag themselves.
        return f"{os.getpid()}-0-{re.sub('[^A-Za-z0-9]', '', os.uname().nodename)[:24] or 'host'}"


def _base36(number):
    return (_base36(number // 36) if number >= 36 else "") + "0123456789abcdefghijklmnopqrstuvwxyz"[number % 36]


if __name__ == "__main__":  # JSON lines as `ephemetry push -` takes them; says "kept" of each that is on disk.
    with contextlib.closing(Spool(os.environ.get("OTEL_SERVICE_NAME", "python"))) as spool:
        for text in sys.stdin:
            given = json.loads(text)
            kind = next(key for key in ("counter", "gauge", "histogram") if key in given)
            bounds = {"bounds": given["bounds"]} if kind == "histogram" else {}
            getattr(spool, kind)(given[kind], given["value"], attributes=given.get("attributes"), **bounds)
            print("kept", flush=True)
