# SPDX-License-Identifier: Apache-2.0
"""A network of its own for some services, which can be cut, lose packets and be slow; this machine's own stays as it is.

    with Network() as network:
        network.reach(port, …)             # 127.0.0.1:port of this machine answers in there too
        network.move(service).start()      # the service lives in there; its admin port answers out here
        network.cut(port, …) / network.lose(0.05) / network.delay = 0.5
        network.mend()

It is a network namespace with nothing but a loopback interface, which dies with the processes in it: if the test is killed,
the kernel ends those and with them every rule. What crosses its border goes through a relay, which is also what delays;
packets are lost between the services and the relay, so TCP has to cope with it as it would on a wire.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import shutil
import socket
import subprocess
import threading
from typing import Any, Coroutine, Optional, TypeVar

from .processes import Service
from .waiting import wait_until

CLONE_NEWNET = 0x40000000
LONGEST_LIFE = "900"  # seconds
CHUNKS_ON_THEIR_WAY = 256  # of 64 KiB at most, for each direction of a connection
HERE = "/proc/thread-self/ns/net"

T = TypeVar("T")


class NoNetwork(RuntimeError):
    """This machine does not let the test have a network of its own."""


class Network:
    def __init__(self) -> None:
        self.delay = 0.0  # seconds, half of them on the way to a port of reach() and half on the way back
        self._outside = os.open(HERE, os.O_RDONLY)
        self._holder = hold_namespace(self._outside)
        self._inside = os.open(f"/proc/{self._holder.pid}/ns/net", os.O_RDONLY)
        self._loop = asyncio.new_event_loop()
        self._listening: list[asyncio.Server] = []
        self._connections: set[asyncio.Task[None]] = set()  # asyncio itself forgets tasks that run
        self._thread = threading.Thread(target=self._loop.run_forever, name="network", daemon=True)
        self._thread.start()
        try:
            self._run("ip", "link", "set", "lo", "up")
            self._run("iptables", "-w", "-L", "-n")  # refused here rather than in mid-test
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Network":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # --- what a test does ---------------------------------------------------------------------------------

    def reach(self, *ports: int) -> None:
        """Who connects to these ports in there comes to the same ports out here, delayed as `delay` says."""
        for port in ports:
            self._call(self._listen(port, self._inside, self._outside, delayed=True))

    def move(self, service: Service, *ports: int) -> Service:
        """The service, not started yet, will run in there; its admin port and these can be reached from out here."""
        namespace = f"--net=/proc/{self._holder.pid}/ns/net"
        service.command = [shutil.which("nsenter") or "/usr/bin/nsenter", namespace, "--", *service.command]
        for port in (service.admin_port, *ports):
            self._call(self._listen(port, self._outside, self._inside, delayed=False))
        return service

    def cut(self, *ports: int) -> None:
        """Packets to and from these ports vanish; nobody is told."""
        for port in ports:
            for side in ("--dport", "--sport"):
                self._run("iptables", "-w", "-A", "INPUT", "-p", "tcp", side, str(port), "-j", "DROP")

    def lose(self, probability: float) -> None:
        """So many of all TCP packets vanish."""
        chance = ("-m", "statistic", "--mode", "random", "--probability", str(probability))
        self._run("iptables", "-w", "-A", "INPUT", "-p", "tcp", *chance, "-j", "DROP")

    def mend(self) -> int:
        """Whole and fast again. How many packets have vanished."""
        self.delay = 0.0
        listed = self._run("iptables", "-w", "-v", "-n", "-x", "-L", "INPUT")
        self._run("iptables", "-w", "-F", "INPUT")
        return sum(int(line.split()[0]) for line in listed.splitlines() if " DROP " in line)

    def close(self) -> None:
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._holder.kill()
        self._holder.wait(10)
        os.close(self._inside)
        os.close(self._outside)

    # --- in there -----------------------------------------------------------------------------------------

    def _run(self, *command: str) -> str:
        enter = ["nsenter", f"--net=/proc/{self._holder.pid}/ns/net", "--", *command]
        try:
            done = subprocess.run(enter, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
        except FileNotFoundError as error:
            raise NoNetwork(f"no network of its own for this test: {error}") from error
        if done.returncode != 0:
            raise NoNetwork(f"no network of its own for this test: {' '.join(command)}: {done.stderr.strip()}")
        return done.stdout

    # --- the relay, on a thread of its own ----------------------------------------------------------------

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def _socket(self, namespace: int) -> socket.socket:
        """A socket belongs to the namespace that its thread is in when it is made, and stays there."""
        enter_namespace(namespace)
        try:
            made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        finally:
            enter_namespace(self._outside)
        made.setblocking(False)
        return made

    async def _listen(self, port: int, here: int, there: int, delayed: bool) -> None:
        async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._connections.add(task)
            try:
                await self._relay(reader, writer, port, there, delayed)
            except asyncio.CancelledError:
                pass  # by close(): asyncio's streams complain of a handler that ends so
            finally:
                self._connections.discard(task)

        listening = self._socket(here)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        self._listening.append(await asyncio.start_server(accepted, sock=listening, backlog=512))

    async def _relay(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, there: int, delayed: bool
    ) -> None:
        far: Optional[asyncio.StreamWriter] = None
        try:
            onward = self._socket(there)
            try:
                await self._loop.sock_connect(onward, ("127.0.0.1", port))
                far_reader, far = await asyncio.open_connection(sock=onward)
            except BaseException:
                onward.close()
                raise
            async with asyncio.TaskGroup() as both_ways:
                both_ways.create_task(self._carry(reader, far, delayed))
                both_ways.create_task(self._carry(far_reader, writer, delayed))
        except* OSError:
            pass  # one side is gone: so is the other, below
        finally:
            for end in (writer, far):
                if end is not None:
                    end.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delayed: bool) -> None:
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(CHUNKS_ON_THEIR_WAY)

        async def deliver() -> None:
            while True:
                due, data = await under_way.get()
                await asyncio.sleep(max(0.0, due - self._loop.time()))
                if not data:
                    writer.write_eof()
                    return
                writer.write(data)
                await writer.drain()

        async def collect() -> None:
            data = b"begin"
            while data:
                data = await reader.read(65536)
                await under_way.put((self._loop.time() + (self.delay / 2 if delayed else 0.0), data))

        async with asyncio.TaskGroup() as both:
            both.create_task(deliver())
            both.create_task(collect())

    async def _end(self) -> None:
        for listening in self._listening:
            listening.close()
        for _ in range(2):  # what had just been accepted becomes a task only now
            await asyncio.sleep(0)
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def enter_namespace(namespace: int) -> None:
    """This thread alone."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, CLONE_NEWNET) != 0:
        raise NoNetwork(f"no network of its own for this test: setns: {os.strerror(ctypes.get_errno())}")


def hold_namespace(outside: int) -> subprocess.Popen[str]:
    """A process that does nothing in a new network namespace, and so keeps it."""
    assert threading.current_thread() is threading.main_thread()  # its end is what the death signal below tells
    command = ["setpriv", "--pdeathsig", "KILL", "--", "unshare", "--net", "--", "sleep", LONGEST_LIFE]
    holder = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    mine = os.fstat(outside).st_ino

    def is_apart() -> bool:
        if holder.poll() is not None:
            assert holder.stderr is not None
            reason = holder.stderr.read().strip()
            raise NoNetwork(f"this machine does not let us make a network namespace, which takes root: {reason}")
        return os.stat(f"/proc/{holder.pid}/ns/net").st_ino != mine

    try:
        wait_until(is_apart, 10, "a network namespace")
    except BaseException:
        holder.kill()
        holder.wait(10)
        raise
    return holder
