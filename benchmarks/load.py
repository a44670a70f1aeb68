"""A real server under load: requests per second, and how long they take."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import quantiles
from time import perf_counter
from typing import Any

from .contestant import Answer, Contestant, check_answer
from .databases import Database
from .workloads import Workload

CONNECTIONS = 8
WARM_UP = 1.0
"""Seconds that are not counted."""


@dataclass(frozen=True)
class LoadMeasurement:
    """What a server process did with the requests of some connections."""

    contestant: str
    workload: str
    database: str
    posts: int
    connections: int
    requests_per_second: float
    p50: float
    """Seconds that half of the requests took at most."""
    p99: float


async def measure_load(
    contestant: Contestant,
    workload: Workload,
    database: Database,
    posts: int,
    expected: Any,
    seconds: float,
) -> LoadMeasurement:
    """Serve a contestant in a process of its own and send requests for some seconds.

    Each of the connections sends its next request when it has the answer to the one
    before.

    Raises:
        WrongAnswerError: The server does not answer as expected.

    """
    async with served(contestant) as address:
        client = await Client.connect(address, contestant, workload)
        check_answer(contestant, workload, Answer(await client.request()), expected)
        await client.close()
        began = perf_counter() + WARM_UP
        latencies = await asyncio.gather(
            *(
                _send_until(address, contestant, workload, began, began + seconds)
                for _ in range(CONNECTIONS)
            )
        )
    counted = [latency for of_connection in latencies for latency in of_connection]
    percentiles = quantiles(counted, n=100, method="inclusive")
    return LoadMeasurement(
        contestant.name,
        workload.name,
        database.kind,
        posts,
        CONNECTIONS,
        len(counted) / seconds,
        percentiles[49],
        percentiles[98],
    )


async def _send_until(
    address: Any,
    contestant: Contestant,
    workload: Workload,
    counted_from: float,
    end: float,
) -> list[float]:
    client = await Client.connect(address, contestant, workload)
    latencies = []
    while (sent := perf_counter()) < end:
        await client.request()
        if sent >= counted_from:
            latencies.append(perf_counter() - sent)
    await client.close()
    return latencies


@asynccontextmanager
async def served(contestant: Contestant) -> AsyncIterator[Any]:
    """Run its server on a socket of ours, and give the address."""
    with socket.create_server(("127.0.0.1", 0), backlog=CONNECTIONS) as listener:
        command = contestant.server(listener.fileno())
        assert command is not None, f"{contestant.name} serves nothing."
        process: Process = await asyncio.create_subprocess_exec(
            *command,
            pass_fds=[listener.fileno()],
            env={**os.environ, "GRAPHILE_ENV": "production"},
        )
        try:
            yield listener.getsockname()
        finally:
            process.terminate()
            await process.wait()


class Client:
    """One HTTP/1.1 connection, kept open, that costs next to nothing."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._request = request

    @classmethod
    async def connect(
        cls, address: Any, contestant: Contestant, workload: Workload
    ) -> Client:
        body = json.dumps(
            {"query": contestant.query(workload), "variables": workload.variables}
        ).encode()
        head = (
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        reader, writer = await asyncio.open_connection(*address)
        return cls(reader, writer, head.encode() + body)

    async def request(self) -> str:
        """Send the request and return the body of the answer."""
        self._writer.write(self._request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        return (await self._reader.readexactly(int(length))).decode()

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()
