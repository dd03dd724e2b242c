// Loaded into the demo's server before it starts: whatever ends the demo, even SIGKILL, also ends its server.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// The listener alone would keep the server from ever being done.
process.channel?.unref();
