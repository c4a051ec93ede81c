package dev.coord.server;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Enumeration;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The templates that Consul's files may hold in the place of an address; of its language, the calls that people use: {@code
 * {{ GetPrivateIP }}}, {@code {{ GetPublicIP }}}, {@code {{ GetInterfaceIP "eth0" }}}.
 */
final class SocketAddressTemplate {

    private static final Pattern CALL = Pattern.compile("\\{\\{-?\\s*(\\w+)(?:\\s+[\"'`]([^\"'`]*)[\"'`])?\\s*-?}}");

    private SocketAddressTemplate() {}

    /** @throws StartupException for a template that can't be answered */
    static String resolve(String text) {
        if (!text.contains("{{")) {
            return text;
        }
        Matcher call = CALL.matcher(text);
        StringBuilder resolved = new StringBuilder();
        while (call.find()) {
            String found = call(call.group(1), call.group(2));
            if (found == null) {
                throw new StartupException(ExitCode.CONFIG, "no address of this machine answers " + call.group());
            }
            call.appendReplacement(resolved, Matcher.quoteReplacement(found));
        }
        call.appendTail(resolved);
        if (resolved.indexOf("{{") >= 0) {
            throw new StartupException(
                    ExitCode.CONFIG,
                    "the template " + text + " can't be read: of templates, GetPrivateIP, GetPublicIP and"
                            + " GetInterfaceIP \"name\" are understood");
        }
        return resolved.toString();
    }

    private static @Nullable String call(String name, @Nullable String argument) {
        return switch (name) {
            case "GetPrivateIP" -> find(null, InetAddress::isSiteLocalAddress);
            case "GetPublicIP" ->
                find(
                        null,
                        address -> !address.isSiteLocalAddress()
                                && !address.isLoopbackAddress()
                                && !address.isLinkLocalAddress());
            case "GetInterfaceIP" -> find(argument, address -> true);
            default ->
                throw new StartupException(
                        ExitCode.CONFIG,
                        "of templates, GetPrivateIP, GetPublicIP and GetInterfaceIP \"name\" are understood, not "
                                + name);
        };
    }

    /** What others on the network may reach this machine by; loopback when there is nothing else. */
    static String privateAddress() {
        String found = find(null, InetAddress::isSiteLocalAddress);
        if (found == null) {
            found = find(null, address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress());
        }
        return found == null ? "127.0.0.1" : found;
    }

    private static @Nullable String find(@Nullable String interfaceName, Predicate<InetAddress> wanted) {
        try {
            for (Enumeration<NetworkInterface> all = NetworkInterface.getNetworkInterfaces(); all.hasMoreElements(); ) {
                NetworkInterface one = all.nextElement();
                if (one.isUp() && (interfaceName == null || sameName(one, interfaceName))) {
                    for (Enumeration<InetAddress> its = one.getInetAddresses(); its.hasMoreElements(); ) {
                        InetAddress address = its.nextElement();
                        if (address instanceof Inet4Address && wanted.test(address)) {
                            return address.getHostAddress();
                        }
                    }
                }
            }
        } catch (SocketException e) {
            throw new StartupException(ExitCode.ADDRESS, "the network interfaces can't be listed: " + e, e);
        }
        return null;
    }

    private static boolean sameName(NetworkInterface one, String name) {
        return one.getName().toLowerCase(Locale.ROOT).equals(name.toLowerCase(Locale.ROOT));
    }
}
