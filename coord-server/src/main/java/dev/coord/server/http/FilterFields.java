package dev.coord.server.http;

import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.CatalogEntries.TaggedAddress;
import dev.coord.server.http.filter.Fields;
import dev.coord.server.state.Change.ServiceInstance;

/** What {@code ?filter=} can ask of each kind of answer: the names are those of its JSON. */
final class FilterFields {

    private static final Fields<TaggedAddress> ADDRESS = Fields.<TaggedAddress>describe()
            .text("Address", TaggedAddress::address)
            .number("Port", TaggedAddress::port);

    private static final Fields<ServiceEntry> WEIGHTS = Fields.<ServiceEntry>describe()
            .number("Passing", ServiceEntry::weightPassing)
            .number("Warning", ServiceEntry::weightWarning);

    static final Fields<NodeEntry> NODE = Fields.<NodeEntry>describe()
            .text("ID", NodeEntry::id)
            .text("Node", NodeEntry::name)
            .text("Address", NodeEntry::address)
            .text("Datacenter", NodeEntry::datacenter)
            .textMap("TaggedAddresses", NodeEntry::taggedAddresses)
            .textMap("Meta", NodeEntry::meta);

    static final Fields<ServiceEntry> SERVICE = Fields.<ServiceEntry>describe()
            .text("Kind", ServiceEntry::kind)
            .text("ID", ServiceEntry::id)
            .text("Service", ServiceEntry::name)
            .texts("Tags", ServiceEntry::tags)
            .text("Address", ServiceEntry::address)
            .childMap("TaggedAddresses", ServiceEntry::taggedAddresses, ADDRESS)
            .textMap("Meta", ServiceEntry::meta)
            .number("Port", ServiceEntry::port)
            .child("Weights", service -> service, WEIGHTS)
            .flag("EnableTagOverride", ServiceEntry::enableTagOverride);

    static final Fields<CheckEntry> CHECK = Fields.<CheckEntry>describe()
            .text("Node", CheckEntry::node)
            .text("CheckID", CheckEntry::id)
            .text("Name", CheckEntry::name)
            .text("Status", check -> check.status().text())
            .text("Notes", CheckEntry::notes)
            .text("Output", CheckEntry::output)
            .text("ServiceID", FilterFields::serviceId)
            .text("ServiceName", CheckEntry::serviceName)
            .texts("ServiceTags", CheckEntry::serviceTags)
            .text("Type", CheckEntry::type);

    static final Fields<ServiceInstance> INSTANCE = Fields.<ServiceInstance>describe()
            .child("Node", ServiceInstance::node, NODE)
            .child("Service", ServiceInstance::service, SERVICE)
            .children("Checks", ServiceInstance::checks, CHECK);

    static final Fields<ServiceInstance> SERVICE_ON_NODE = Fields.<ServiceInstance>describe()
            .text("ID", instance -> instance.node().id())
            .text("Node", instance -> instance.node().name())
            .text("Address", instance -> instance.node().address())
            .text("Datacenter", instance -> instance.node().datacenter())
            .textMap("TaggedAddresses", instance -> instance.node().taggedAddresses())
            .textMap("NodeMeta", instance -> instance.node().meta())
            .text("ServiceKind", instance -> instance.service().kind())
            .text("ServiceID", instance -> instance.service().id())
            .text("ServiceName", instance -> instance.service().name())
            .texts("ServiceTags", instance -> instance.service().tags())
            .text("ServiceAddress", instance -> instance.service().address())
            .childMap("ServiceTaggedAddresses", instance -> instance.service().taggedAddresses(), ADDRESS)
            .child("ServiceWeights", ServiceInstance::service, WEIGHTS)
            .textMap("ServiceMeta", instance -> instance.service().meta())
            .number("ServicePort", instance -> instance.service().port())
            .flag("ServiceEnableTagOverride", instance -> instance.service().enableTagOverride());

    private FilterFields() {}

    private static String serviceId(CheckEntry check) {
        String id = check.serviceId();
        return id == null ? "" : id;
    }
}
