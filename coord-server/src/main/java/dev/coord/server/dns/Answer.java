package dev.coord.server.dns;

import io.netty.handler.codec.dns.DnsResponseCode;
import java.util.ArrayList;
import java.util.List;

/** An answer in the making: its code and the three sections. Used by one thread. */
final class Answer {

    DnsResponseCode code = DnsResponseCode.NOERROR;
    /** False for what is not ours to tell. */
    boolean authoritative = true;

    boolean truncated;
    /** Another server is to be asked, if there is one: in this server's words it is a refusal, or that there is no such name. */
    boolean elsewhere;

    boolean recursionAvailable;
    final List<ResourceRecord> answers = new ArrayList<>();
    final List<ResourceRecord> authority = new ArrayList<>();
    final List<ResourceRecord> additional = new ArrayList<>();
}
