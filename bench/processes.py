"""What a process has used so far, as Linux counts it."""

import os
from pathlib import Path

_USER_TIME, _SYSTEM_TIME = 11, 12
"""Fields of `/proc/<pid>/stat`, counted from behind the program's name (proc_pid_stat(5))."""


def cpu_seconds(pid: int) -> float:
    """CPU time of a process, user and system, to a hundredth of a second."""
    # The name may hold spaces and parentheses; what follows the last one is plain.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[_USER_TIME]) + int(fields[_SYSTEM_TIME])
    return ticks / os.sysconf("SC_CLK_TCK")


def peak_mebibytes(pid: int) -> float:
    """The most memory that a process has had resident.

    Unlike `ru_maxrss` it does not count what its parent had before the program was loaded.
    """
    status = Path(f"/proc/{pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024
