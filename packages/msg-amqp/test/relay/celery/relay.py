"""relay.py URL send EXCHANGE KEY COUNT | relay.py URL work QUEUE...: sends tasks of Celery, or runs a worker that says what it was given."""
import json
import sys

from celery import Celery
from kombu import Exchange, Queue

url, mode, *rest = sys.argv[1:]
app = Celery("relay", broker=url)
app.conf.update(
    broker_connection_retry_on_startup=True,
    task_create_missing_queues=False,
    task_ignore_result=True,
    worker_enable_remote_control=False,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
)


@app.task(bind=True, name="relay.add")
def add(self, a, b=0, **more):
    seen = self.request
    given = [seen.id, seen.args, seen.kwargs, seen.retries, seen.expires, getattr(seen, "tenant", None), seen.properties.get("priority")]
    print("given " + json.dumps([seen.delivery_info["routing_key"], given, a + b], default=str), flush=True)


if mode == "send":
    exchange, key, count = rest
    for n in range(int(count)):
        app.send_task(
            "relay.add",
            args=[n],
            kwargs={"b": 2**40, "name": "ü"},
            exchange=exchange,
            routing_key=key,
            queue=Queue(key, Exchange(exchange, no_declare=True), routing_key=key, no_declare=True),
            headers={"tenant": {"id": 2**40, "tags": ["a", None, 1.5, True]}},
            priority=n % 5,
            expires=3600,
        )
else:
    app.conf.task_queues = [Queue(name, no_declare=True) for name in rest]
    worker = app.Worker(
        pool="solo", loglevel="ERROR", queues=rest, without_gossip=True, without_mingle=True, without_heartbeat=True
    )
    worker.start()
