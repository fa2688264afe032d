#!/bin/busybox sh
# The first process of a guest: makes the system that a script expects, runs it, and powers off.
# What the scripts print goes to a serial port of its own, which the kernel's command line names, with their exit codes;
# kernel messages and standard error to the console.
/bin/busybox --install -s /bin
export PATH=/bin:/usr/bin HOME=/tmp NO_COLOR=1
# The kernel has come so far; run-in-kernel.ts looks for it.
echo 'ringsmith guest: init'
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev
mount -t tmpfs none /tmp
ip link set lo up
stty -F /dev/$output raw -echo

exec 3>/dev/$output
cd /ringsmith
sh /ringsmith/command.sh </dev/null >&3
# Closing waits until the port has sent everything, which powering off does not.
exec 3>&-
poweroff -f
