// The npm package `consul` against the server at argv[2] (host) and argv[3] (port). Says "ok NAME" for each scenario; ends
// with 0 when all passed, with 77 when the package is not there.
let Consul;
try {
  Consul = require("consul");
} catch (e) {
  console.log("absent: " + e.message.split("\n")[0]);
  process.exit(77);
}
const assert = require("assert");
const client = new (Consul.Consul || Consul)({ host: process.argv[2], port: Number(process.argv[3]) });

const until = async (what, check) => {
  const end = Date.now() + 30000;
  for (;;) {
    if (await check()) return;
    if (Date.now() > end) throw new Error("never: " + what);
    await new Promise((done) => setTimeout(done, 50));
  }
};

// The first answer of a watch that fits, from before or after `change`.
const watched = (method, options, fits, change) =>
  new Promise((done, fail) => {
    const watch = client.watch({ method, options, backoffFactor: 100 });
    const timer = setTimeout(() => stop(() => fail(new Error("the watch never saw it"))), 30000);
    let begun = false;
    const stop = (then) => {
      clearTimeout(timer);
      watch.end();
      then();
    };
    watch.on("error", () => {}); // 404 of a key that is not there yet; the watch goes on
    watch.on("change", (data) => {
      if (fits(data)) stop(() => done(data));
    });
    setTimeout(() => {
      if (!begun) {
        begun = true;
        change().catch((e) => stop(() => fail(e)));
      }
    }, 100);
  });

const scenarios = {
  async kv() {
    assert.strictEqual(await client.kv.set("npm/a", "one"), true);
    assert.strictEqual((await client.kv.get("npm/a")).Value, "one");
    assert.ok(!(await client.kv.set({ key: "npm/a", value: "two", cas: "0" }))); // the package makes undefined of false
    assert.deepStrictEqual(await client.kv.keys("npm/"), ["npm/a"]);
    const bytes = (await client.kv.get({ key: "npm/a", buffer: true })).Value;
    assert.ok(Buffer.isBuffer(bytes));
    assert.strictEqual(await client.kv.get("npm/none"), undefined);
    assert.strictEqual(await client.kv.del({ key: "npm/", recurse: true }), true);
  },
  async transaction() {
    const value = Buffer.from("v").toString("base64");
    const done = await client.transaction.create([{ KV: { Verb: "set", Key: "npm-txn", Value: value } }]);
    assert.strictEqual(done.Results[0].KV.Key, "npm-txn");
    await assert.rejects(client.transaction.create([{ KV: { Verb: "get", Key: "npm-txn-none" } }]));
  },
  async agent() {
    const self = await client.agent.self();
    assert.ok(self.Config.NodeName);
    assert.strictEqual((await client.agent.members())[0].Status, 1);
    await client.agent.service.register({ name: "npm-web", port: 80, tags: ["t"], check: { ttl: "60s" } });
    assert.strictEqual((await client.agent.services())["npm-web"].Port, 80);
    await client.agent.check.pass({ id: "service:npm-web", note: "fine" });
    assert.strictEqual((await client.agent.checks())["service:npm-web"].Status, "passing");
    await client.agent.service.maintenance({ id: "npm-web", enable: true, reason: "later" });
    await client.agent.service.maintenance({ id: "npm-web", enable: false });
  },
  async health() {
    const passing = () => client.health.service({ service: "npm-web", passing: true });
    await until("the service passes", async () => (await passing()).length === 1);
    assert.strictEqual((await client.health.checks("npm-web"))[0].Status, "passing");
    assert.ok((await client.health.node((await client.agent.self()).Config.NodeName)).length >= 1);
    assert.ok((await client.health.state("passing")).length >= 1);
    assert.ok("npm-web" in (await client.catalog.service.list()));
    assert.ok((await client.catalog.node.list()).length >= 1);
    const failing = watched(client.health.service, { service: "npm-web", passing: true }, (found) => found.length === 0,
      () => client.agent.check.fail("service:npm-web"));
    await failing;
    await client.agent.service.deregister("npm-web");
  },
  async watchOfAKey() {
    const seen = await watched(client.kv.get, { key: "npm-watched" }, (found) => found && found.Value === "new",
      () => client.kv.set("npm-watched", "new"));
    assert.strictEqual(seen.Key, "npm-watched");
  },
  async locks() {
    const one = await client.session.create({ name: "one", lockdelay: "0s", ttl: "60s" });
    const two = await client.session.create({ name: "two", lockdelay: "0s" });
    assert.strictEqual(await client.kv.set({ key: "npm-lock", value: "1", acquire: one.ID }), true);
    assert.ok(!(await client.kv.set({ key: "npm-lock", value: "2", acquire: two.ID })));
    assert.strictEqual((await client.session.renew(one.ID))[0].ID, one.ID);
    await client.session.destroy(one.ID);
    await until("the lock is free", () => client.kv.set({ key: "npm-lock", value: "2", acquire: two.ID }));
    await client.session.destroy(two.ID);
    assert.ok((await client.session.list()).every((session) => session.ID !== two.ID));
  },
  async events() {
    const fired = await client.event.fire({ name: "npm-event", payload: "p" });
    await until("the event is listed", async () => (await client.event.list("npm-event")).some((e) => e.ID === fired.ID));
  },
  async queries() {
    const made = await client.query.create({ name: "npm-query", service: { service: "consul" } });
    assert.strictEqual((await client.query.execute("npm-query")).Nodes.length, 1);
    await client.query.destroy(made.ID);
  },
  async status() {
    assert.match(await client.status.leader(), /^127\.0\.0\.1:/);
    assert.strictEqual((await client.status.peers()).length, 1);
  },
};

(async () => {
  for (const [name, scenario] of Object.entries(scenarios)) {
    await scenario();
    console.log("ok " + name);
  }
  process.exit(0);
})().catch((e) => {
  console.log("failed: " + (e.stack || e));
  process.exit(1);
});
