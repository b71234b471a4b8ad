# SPDX-License-Identifier: Apache-2.0
"""The way to Kafka is gone, or is bad."""

from __future__ import annotations

import signal

from notify_testing.network import Network

from application import F, Application
from fault_row import Result, Run, row

# Workers that cannot reach the group's coordinator lose their partitions, and what they sent and could not commit is sent again.
CUT_OFF = f"dup ≤ F = {F}"


@row(11, "two of three brokers down")
def two_brokers_down(run: Run) -> Result:
    run.slow_server()
    with Application(run) as application:
        application.start(events=3000, rate=200)
        run.wait_for_mails(600)
        # One dies. The other still accepts connections and says nothing, which is found out last; and it is the coordinator.
        silent = run.cluster.coordinator(run.group)
        dead = silent % 3 + 1
        run.cluster.kill_broker(dead)
        run.cluster.kill_broker(silent, signal.SIGSTOP)
        run.say(f"broker {dead} killed and broker {silent} suspended, after {len(run.smtp.mails)} mails")
        try:
            application.bear(answers=600)
        finally:
            run.cluster.heal()
        run.say("three brokers again")
        return application.conclude(F, CUT_OFF)


@row(12, "network cut to the brokers")
def network_cut(run: Run) -> Result:
    run.slow_server()
    with Network() as network, Application(run, network) as application:
        application.start(events=3000, rate=200)
        run.wait_for_mails(600)
        network.cut(*run.broker_ports)
        run.say(f"cut after {len(run.smtp.mails)} mails")
        application.bear(answers=600)
        vanished = network.mend()
        run.say(f"mended; {vanished} packets had vanished")
        run.expect(vanished > 0, "no packet met the cut")
        return application.conclude(F, CUT_OFF)


@row(13, "5 % loss, 500 ms delay")
def bad_network(run: Run) -> Result:
    run.slow_server()
    run.worker_settings["KAFKA_SESSION_TIMEOUT_MS"] = 10000  # the service's own default
    with Network() as network, Application(run, network, sign_ups=15) as application:
        network.lose(0.05)
        network.delay = 0.5  # of every question to a broker and its answer
        application.start(events=600, rate=25)
        run.say("three services are ready")
        run.wait_for_mails(150)
        # One member more: the group is made anew, over the bad network.
        late = network.move(run.new_worker(application.topics)).start()
        run.say(f"a third worker after {len(run.smtp.mails)} mails")
        # The sign-ups go on, so there is something for it however long that takes.
        run.wait_for(
            lambda: late.metric("notify_smtp_replies_total", phase="dot") > 0, 120, "mails of the third worker"
        )
        run.say(f"it sends, after {len(run.smtp.mails)} mails")
        run.wait_for_mails(len(application.published()), timeout=120)
        charged = run.charged()
        run.expect(charged == 0, f"{charged} mails were charged an attempt")
        vanished = network.mend()
        run.say(f"{len(run.smtp.mails)} mails; {vanished} packets had vanished")
        run.expect(vanished > 0, "no packet was lost")
        return application.conclude(0, "dup 0")
