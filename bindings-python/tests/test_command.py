"""The `druva` command that the package installs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from druva.testing import Emulator

COMMAND = [sys.executable, "-m", "druva"]


def test_calls(druva_cloud: Emulator) -> None:
    environment = {
        "DRUVA_CLIENT_ID": druva_cloud.client_id,
        "DRUVA_CLIENT_SECRET": druva_cloud.client_secret,
        "DRUVA_BASE_URL": druva_cloud.url,
    }
    command = [*COMMAND, "call", "insync.devices.get", "--arg", "deviceID=1"]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert '"deviceID"' in done.stdout


def test_refuses_what_it_does_not_know() -> None:
    assert subprocess.run([*COMMAND, "dance"], capture_output=True).returncode == 2


def test_ctrl_c_ends_the_emulator() -> None:
    with subprocess.Popen([*COMMAND, "emulator"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "127.0.0.1" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
    assert process.returncode in (0, -signal.SIGINT)
