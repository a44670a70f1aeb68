"""Where a run took place, and with what."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sqlalchemy import Engine, text

PACKAGES = (
    "ariadne-sqla",
    "ariadne",
    "graphql-core",
    "SQLAlchemy",
    "psycopg",
    "asyncpg",
    "uvicorn",
    "strawberry-graphql",
    "strawberry-sqlalchemy-mapper",
    "strawchemy",
    "strawberry-graphql-django",
    "graphene-sqlalchemy",
)


def describe() -> dict[str, str]:
    """Return what there is to say about this machine, by title."""
    described = {
        "Date": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "Processor": f"{_processor()}, {os.cpu_count()} cores",
        "Memory": f"{_memory() / 2**30:.0f} GiB",
        "System": f"{platform.system()} {platform.release()}",
        "Load before the run": f"{os.getloadavg()[0]:.1f}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "SQLite": sqlite3.sqlite_version,
    }
    for package in PACKAGES:
        try:
            described[package] = version(package)
        except PackageNotFoundError:
            continue
    postgraphile = Path(__file__).parent.joinpath(
        "postgraphile", "node_modules", "postgraphile", "package.json"
    )
    if postgraphile.exists():
        described["PostGraphile"] = json.loads(postgraphile.read_text())["version"]
    return described


def postgresql_version(engine: Engine) -> str:
    with engine.connect() as connection:
        return str(connection.scalar(text("SHOW server_version"))).split()[0]


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
