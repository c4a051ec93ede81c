package dev.coord.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import com.sun.management.OperatingSystemMXBean;
import dev.coord.server.acl.Resource;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code /v1/agent/host}: the machine that this server runs on, as far as a JVM and {@code /proc} tell. */
final class HostEndpoint implements EndpointFamily {

    private static final int PERCENT = 100;

    private final Path disk;

    /** @param disk a file or directory on the disk to tell of */
    HostEndpoint(Path disk) {
        this.disk = disk;
    }

    @Override
    public void addTo(Routes routes) {
        routes.get("/v1/agent/host", Access.read(Resource.OPERATOR), this::host);
    }

    private void host(Exchange exchange) {
        exchange.await(exchange.work(() -> Answer.json(exchange.options().pretty(), this::write)), exchange::answer);
    }

    private void write(JsonGenerator json) throws IOException {
        json.writeStartObject();
        memory(json);
        cpus(json);
        machine(json);
        disk(json);
        json.writeNumberField("CollectionTime", TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()));
        json.writeNullField("Errors");
        json.writeEndObject();
    }

    private static OperatingSystemMXBean system() {
        return (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    }

    private static void memory(JsonGenerator json) throws IOException {
        String info = text("/proc/meminfo");
        long total = system().getTotalMemorySize();
        long free = system().getFreeMemorySize();
        long available = kilobytes(info, "MemAvailable", free);
        json.writeObjectFieldStart("Memory");
        json.writeNumberField("total", total);
        json.writeNumberField("available", available);
        json.writeNumberField("used", total - available);
        json.writeNumberField("usedPercent", total == 0 ? 0 : (double) PERCENT * (total - available) / total);
        json.writeNumberField("free", free);
        json.writeNumberField("buffers", kilobytes(info, "Buffers", 0));
        json.writeNumberField("cached", kilobytes(info, "Cached", 0));
        json.writeNumberField("swaptotal", system().getTotalSwapSpaceSize());
        json.writeNumberField("swapfree", system().getFreeSwapSpaceSize());
        json.writeEndObject();
    }

    private static void cpus(JsonGenerator json) throws IOException {
        List<String> models = all(text("/proc/cpuinfo"), "model name\\s*: (.*)");
        json.writeArrayFieldStart("CPU");
        for (int cpu = 0; cpu < Runtime.getRuntime().availableProcessors(); cpu++) {
            json.writeStartObject();
            json.writeNumberField("cpu", cpu);
            json.writeNumberField("cores", 1);
            json.writeStringField("modelName", cpu < models.size() ? models.get(cpu) : System.getProperty("os.arch"));
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void machine(JsonGenerator json) throws IOException {
        List<String> uptime = all(text("/proc/uptime"), "^(\\d+)");
        long upSeconds = uptime.isEmpty() ? 0 : Long.parseLong(uptime.get(0));
        json.writeObjectFieldStart("Host");
        json.writeStringField("hostname", text("/proc/sys/kernel/hostname").strip());
        json.writeNumberField("uptime", upSeconds);
        json.writeNumberField("bootTime", TimeUnit.MILLISECONDS.toSeconds(System.currentTimeMillis()) - upSeconds);
        json.writeNumberField("procs", ProcessHandle.allProcesses().count());
        json.writeStringField("os", System.getProperty("os.name").toLowerCase(Locale.ROOT));
        json.writeStringField("platform", System.getProperty("os.name"));
        json.writeStringField("platformVersion", System.getProperty("os.version"));
        json.writeStringField("kernelVersion", System.getProperty("os.version"));
        json.writeStringField("kernelArch", System.getProperty("os.arch"));
        json.writeEndObject();
    }

    private void disk(JsonGenerator json) throws IOException {
        FileStore store = Files.getFileStore(disk);
        long used = store.getTotalSpace() - store.getUnallocatedSpace();
        json.writeObjectFieldStart("Disk");
        json.writeStringField("path", disk.toString());
        json.writeStringField("fstype", store.type());
        json.writeNumberField("total", store.getTotalSpace());
        json.writeNumberField("free", store.getUsableSpace());
        json.writeNumberField("used", used);
        json.writeNumberField(
                "usedPercent", store.getTotalSpace() == 0 ? 0 : (double) PERCENT * used / store.getTotalSpace());
        json.writeEndObject();
    }

    private static long kilobytes(String text, String name, long otherwise) {
        List<String> found = all(text, "(?m)^" + name + ":\\s+(\\d+) kB");
        return found.isEmpty() ? otherwise : Long.parseLong(found.get(0)) * 1024;
    }

    private static List<String> all(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        return matcher.results().map(result -> result.group(1)).toList();
    }

    /** Empty where there is no such file: not every system is a Linux. */
    private static String text(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException e) {
            return "";
        }
    }
}
