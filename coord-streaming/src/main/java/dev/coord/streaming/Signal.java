package dev.coord.streaming;

/** What a subscription gives out. */
public sealed interface Signal permits Event, Reset {}
