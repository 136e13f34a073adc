"""The measurements can be run: a small day against our own server and the bare floor, a few papers, the
office's pages in a small store. Nothing is installed."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_small_day_can_be_measured(tmp_path):
    words = [sys.executable, "bench/sync.py", "--quick", "--cache", str(tmp_path)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "600 entries of 40 visits" in done.stdout
    for contender in ("fieldsvc, SQLite", "bare sqlite3"):
        assert re.search(rf"^\| {contender} \| \d+\.\d ", done.stdout, re.MULTILINE), done.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_making_of_papers_can_be_measured(tmp_path):
    words = [sys.executable, "bench/notices.py", "--quick", "--cache", str(tmp_path)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    for contender in ("fieldsvc", "naive"):
        assert re.search(rf"^\| {contender} \| \d+\.\d ", done.stdout, re.MULTILINE), done.stdout
    for share in ("layout", "images", "signature"):
        assert re.search(rf"^\| {share} \| \d+% \|$", done.stdout, re.MULTILINE), done.stdout
    (size,) = re.findall(r"^\| file, largest \| (\d+) KiB \|", done.stdout, re.MULTILINE)
    assert 100 < int(size) <= 400
    assert list(tmp_path.iterdir()) == []


def test_the_pages_of_the_office_can_be_measured(tmp_path):
    words = [sys.executable, "bench/office.py", "--quick", "--work", str(tmp_path)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    for page in ("/office", "/office/visits", "/office/notices", "one visit"):
        assert re.search(rf"^\| {page} \| \d+\.\d ", done.stdout, re.MULTILINE), done.stdout
    assert re.search(r"^\| what nobody has, 龘 \| \d+\.\d ", done.stdout, re.MULTILINE), done.stdout
    assert list(tmp_path.iterdir()) == []
