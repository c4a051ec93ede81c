"""Debian's python3-consul, or python3-consul2, against the server at argv[1] (host) and argv[2] (port). Says "ok NAME" for each
scenario; ends with 0 when all passed, with 77 when there is no such package."""
import sys
import threading
import time
import traceback

try:
    import consul
except ImportError as e:
    print("absent: %s" % e)
    sys.exit(77)

client = consul.Consul(host=sys.argv[1], port=int(sys.argv[2]))


def until(what, check):
    end = time.monotonic() + 30
    while not check():
        assert time.monotonic() < end, "never: " + what
        time.sleep(0.05)


def by_put(call, path, *args, **params):
    """`call`, but where the package is python3-consul the same by hand: it changes things of the agent by GET, which Consul has
    refused since 1.0."""
    if hasattr(client, "txn"):
        return call(*args, **({"notes": params["note"]} if params else {}))
    return client.http.put(consul.base.CB.bool(), "/v1/agent/" + "/".join((path,) + args), params=params)


def while_waiting(query, change):
    """What `query`, a blocking one, answers when `change` is made meanwhile."""
    answers = []
    thread = threading.Thread(target=lambda: answers.append(query()), daemon=True)
    thread.start()
    change()
    thread.join(30)
    assert answers, "the blocking query did not come back"
    return answers[0]


def refused(call, *errors):
    try:
        call()
    except errors or (consul.ConsulException,) as e:
        return str(e)
    raise AssertionError("was not refused")


def kv():
    assert client.kv.put("py/a", "one", flags=7)
    index, entry = client.kv.get("py/a")
    assert (entry["Value"], entry["Flags"]) == (b"one", 7)
    assert int(index) == entry["ModifyIndex"]
    assert client.kv.get("py/none")[1] is None
    every_byte = bytes(range(256))
    assert client.kv.put("py/binary", every_byte)
    assert client.kv.get("py/binary")[1]["Value"] == every_byte
    assert client.kv.put("py/sp ace/\u00e4%2F", "x")
    assert client.kv.get("py/sp ace/\u00e4%2F")[1]["Value"] == b"x"
    assert client.kv.put("py/empty", "")
    assert not client.kv.get("py/empty")[1]["Value"]
    assert [e["Key"] for e in client.kv.get("py/", recurse=True)[1]] == sorted(
        ["py/a", "py/binary", "py/empty", "py/sp ace/\u00e4%2F"])
    assert client.kv.get("py/", keys=True, separator="/")[1] == ["py/a", "py/binary", "py/empty", "py/sp ace/"]
    assert client.kv.get("py/", keys=True, separator="none")[1][0] == "py/a"
    assert client.kv.delete("py/sp ace/", recurse=True)
    for consistency in ("default", "consistent", "stale"):
        assert consul.Consul(sys.argv[1], int(sys.argv[2]), consistency=consistency).kv.get("py/a")[1]
    assert client.kv.delete("py/", recurse=True)
    assert client.kv.get("py/", recurse=True)[1] is None


def compare_and_set():
    assert client.kv.put("py/cas", "one", cas=0)
    assert client.kv.put("py/cas", "two", cas=0) is False
    index = client.kv.get("py/cas")[1]["ModifyIndex"]
    assert client.kv.put("py/cas", "two", cas=index)
    assert client.kv.delete("py/cas", cas=index) is False
    assert client.kv.delete("py/cas", cas=client.kv.get("py/cas")[1]["ModifyIndex"])


def blocking_queries():
    index, _ = client.kv.get("py/blocked")
    index, entry = while_waiting(
        lambda: client.kv.get("py/blocked", index=index, wait="25s"), lambda: client.kv.put("py/blocked", "now"))
    assert entry["Value"] == b"now"
    assert client.kv.get("py/blocked", index=index, wait="10ms")[1]["Value"] == b"now"
    client.kv.delete("py/blocked")
    index, _ = client.catalog.services()
    _, services = while_waiting(
        lambda: client.catalog.services(index=index, wait="25s"),
        lambda: client.catalog.register("py-node", "10.1.2.3", service={"Service": "py-blocked", "Port": 1}))
    assert services["py-blocked"] == []
    assert client.catalog.deregister("py-node")


def sessions_and_locks():
    session = client.session.create(name="py", ttl=10, behavior="delete", lock_delay=0)
    other = client.session.create(name="other", lock_delay=0)
    assert client.session.info(session)[1]["Name"] == "py"
    assert session in [s["ID"] for s in client.session.list()[1]]
    node = client.agent.self()["Config"]["NodeName"]
    assert session in [s["ID"] for s in client.session.node(node)[1]]
    renewed = client.session.renew(session)
    assert (renewed[0] if isinstance(renewed, list) else renewed)["ID"] == session
    assert client.kv.put("py/lock", "held", acquire=session)
    assert client.kv.put("py/lock", "stolen", acquire=other) is False
    entry = client.kv.get("py/lock")[1]
    assert (entry["Session"], entry["LockIndex"]) == (session, 1)
    assert client.kv.put("py/lock", "free", release=session)
    assert client.kv.put("py/lock", "again", acquire=session)
    assert client.session.destroy(session) and client.session.destroy(other)
    assert client.kv.get("py/lock")[1] is None
    refused(lambda: client.session.renew(session), consul.NotFound)


def agent_services_and_checks():
    agent = client.agent
    assert agent.self()["Member"]["Name"] == agent.members()[0]["Name"]
    assert agent.service.register(
        "py-web", service_id="py-web-1", address="127.0.0.1", port=8080, tags=["v1"], check=consul.Check.ttl("60s"))
    assert agent.services()["py-web-1"]["Tags"] == ["v1"]
    for change, path, status in ((agent.check.ttl_pass, "pass", "passing"), (agent.check.ttl_warn, "warn", "warning"),
                                 (agent.check.ttl_fail, "fail", "critical")):
        assert by_put(change, "check/" + path, "service:py-web-1", note="said so")
        found = agent.checks()["service:py-web-1"]
        assert (found["Status"], found["Output"]) == (status, "said so")
    assert agent.check.register("py-http", check=consul.Check.http("http://127.0.0.1:%s/v1/status/leader" % sys.argv[2], "100ms"),
                                check_id="py-http")
    assert agent.check.register("py-tcp", check=consul.Check.tcp(sys.argv[1], int(sys.argv[2]), "100ms"), check_id="py-tcp",
                                service_id="py-web-1")
    until("the checks pass", lambda: all(agent.checks()[c]["Status"] == "passing" for c in ("py-http", "py-tcp")))
    assert agent.service.maintenance("py-web-1", "true", "disk")
    assert agent.checks()["_service_maintenance:py-web-1"]["Notes"] == "disk"
    assert agent.service.maintenance("py-web-1", "false")
    assert agent.maintenance("true", "all") and agent.maintenance("false")
    assert by_put(agent.check.deregister, "check/deregister", "py-http")
    assert by_put(agent.service.deregister, "service/deregister", "py-web-1")
    assert not [c for c in agent.checks() if c.startswith("py-") or c.startswith("service:py-")]


def catalog():
    assert client.catalog.register(
        "py-node", "10.1.2.3", service={"Service": "py-db", "ID": "py-db-1", "Tags": ["primary"], "Port": 5432},
        check={"Name": "up", "CheckID": "py-up", "ServiceID": "py-db-1", "Status": "passing"})
    assert "dc1" in client.catalog.datacenters()
    assert "py-node" in [n["Node"] for n in client.catalog.nodes()[1]]
    assert client.catalog.services()[1]["py-db"] == ["primary"]
    assert client.catalog.service("py-db", tag="primary")[1][0]["ServicePort"] == 5432
    assert client.catalog.service("py-db", tag="replica")[1] == []
    assert "py-db-1" in client.catalog.node("py-node")[1]["Services"]
    assert client.catalog.node("py-nobody")[1] is None


def health():
    assert client.health.service("py-db", passing=True)[1][0]["Service"]["ID"] == "py-db-1"
    assert client.health.checks("py-db")[1][0]["CheckID"] == "py-up"
    assert client.health.node("py-node")[1][0]["CheckID"] == "py-up"
    assert "py-up" in [c["CheckID"] for c in client.health.state("passing")[1]]
    index, _ = client.health.service("py-db", passing=True)
    fail = {"Name": "up", "CheckID": "py-up", "ServiceID": "py-db-1", "Status": "critical"}
    _, passing = while_waiting(
        lambda: client.health.service("py-db", passing=True, index=index, wait="25s"),
        lambda: client.catalog.register("py-node", "10.1.2.3", check=fail))
    assert passing == []
    assert client.catalog.deregister("py-node", service_id="py-db-1")
    assert client.catalog.deregister("py-node")
    assert client.health.service("py-db")[1] == []


def events():
    fired = client.event.fire("py-deploy", "v2")
    fired = fired["ID"] if isinstance(fired, dict) else fired
    until("the event is listed", lambda: client.event.list(name="py-deploy")[1])
    assert fired in str(client.event.list(name="py-deploy")[1])


def transactions():
    if not hasattr(client, "txn"):
        print("without transactions: python3-consul has none")
        return
    done = client.txn.put([{"KV": {"Verb": "set", "Key": "py/txn", "Value": "dg=="}}, {"KV": {"Verb": "get", "Key": "py/txn"}}])
    assert done["Results"][1]["KV"]["Key"] == "py/txn"
    refused(lambda: client.txn.put([{"KV": {"Verb": "get", "Key": "py/none"}}]))
    assert client.kv.delete("py/txn")


def queries():
    query = client.query.create("consul", name="py-query")["ID"]
    assert client.query.get(query)[0]["Name"] == "py-query"
    assert client.query.execute("py-query")["Nodes"][0]["Service"]["Service"] == "consul"
    client.query.explain("py-query")
    assert client.query.delete(query)
    assert query not in [q["ID"] for q in client.query.list()]


def status_and_operator():
    assert client.status.leader() in client.status.peers()
    assert client.operator.raft_config()["Servers"][0]["Leader"] is True
    assert client.coordinate.datacenters()[0]["Datacenter"] == "dc1"
    client.coordinate.nodes()


def access_rules():
    # Both packages speak only the interface of tokens from before Consul 1.4, and no access rules are on here.
    assert "ACL support disabled" in refused(lambda: client.acl.list(), consul.ACLDisabled)


for scenario in (kv, compare_and_set, blocking_queries, sessions_and_locks, agent_services_and_checks, catalog, health, events,
                 transactions, queries, status_and_operator, access_rules):
    try:
        scenario()
    except Exception:
        traceback.print_exc(file=sys.stdout)
        print("failed: %s, package %s" % (scenario.__name__, getattr(consul, "__version__", "?")))
        sys.exit(1)
    print("ok " + scenario.__name__)
