# SPDX-License-Identifier: ISC
"""peers: runs the servers that msgfetch is compared with.

The instances are private: their sockets, pid files, logs and temporary files are in the
scratch directory, and the lab ends them.
"""
import os
import pwd
import shutil
import socket
import stat

from lab import Missing

SOCKET_PATH_MAX = 107

NGINX = '''{user}
daemon off;
worker_processes 1;
pid nginx.pid;
error_log nginx-error.log warn;
events {{ worker_connections 64; }}
http {{
    access_log off;
    sendfile on;
    default_type application/octet-stream;
    client_body_temp_path nginx-body;
    proxy_temp_path nginx-proxy;
    fastcgi_temp_path nginx-fastcgi;
    uwsgi_temp_path nginx-uwsgi;
    scgi_temp_path nginx-scgi;
    server {{
        listen unix:{socket};
        root {root};
    }}
}}
'''

RSYNCD = '''pid file = {scratch}/rsyncd.pid
lock file = {scratch}/rsyncd.lock
log file = {scratch}/rsyncd.log
address = 127.0.0.1
port = {port}
use chroot = no
reverse lookup = no
{identity}
[pub]
path = {root}
read only = yes
'''


def find(program):
    path = shutil.which(program, path=os.environ.get('PATH', '') + ':/usr/sbin:/usr/local/sbin')
    if path is None:
        raise Missing(f'{program} is not installed')
    return path


def curl(lab, name):
    """Returns the curl command that fetches an input from nginx, without a target."""
    program, server = find('curl'), find('nginx')
    if 'nginx' not in lab.servers:
        lab.servers['nginx'] = start_nginx(lab, server)
    return [program, '--silent', '--fail', '--unix-socket', lab.servers['nginx'],
            f'http://localhost/{name}']


def start_nginx(lab, program):
    """Returns the path of the socket that nginx listens at."""
    path = lab.target('nginx.sock')
    if len(os.fsencode(path)) > SOCKET_PATH_MAX:
        raise Missing('the path of the scratch directory is too long for a socket; '
                      'BENCH_DIR names another')
    # As root nginx would become a user who cannot read the scratch directory.
    user = f'user {pwd.getpwuid(0).pw_name};' if os.geteuid() == 0 else ''
    with open(lab.target('nginx.conf'), 'w', encoding='utf-8') as output:
        output.write(NGINX.format(user=user, socket=path, root=lab.inputs.directory))
    lab.start([program, '-p', lab.scratch, '-c', 'nginx.conf', '-e', 'nginx-error.log'],
              'nginx.log')
    lab.wait_until(lambda: answers(socket.AF_UNIX, path), 'nginx')
    return path


def rsync(lab, name):
    """Returns the rsync command that fetches an input from its daemon, without a target."""
    program = find('rsync')
    if 'rsync' not in lab.servers:
        lab.servers['rsync'] = start_rsync(lab, program)
    return [program, '--recursive', f'rsync://127.0.0.1:{lab.servers["rsync"]}/pub/{name}']


def start_rsync(lab, program):
    """Returns the port that the daemon listens at."""
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = probe.getsockname()[1]
    identity = f'uid = {os.getuid()}\ngid = {os.getgid()}' if os.geteuid() == 0 else ''
    with open(lab.target('rsyncd.conf'), 'w', encoding='utf-8') as output:
        output.write(RSYNCD.format(scratch=lab.scratch, port=port, identity=identity,
                                   root=lab.inputs.directory))
    lab.start([program, '--daemon', '--no-detach', f'--config={lab.target("rsyncd.conf")}'],
              'rsync.log')
    lab.wait_until(lambda: answers(socket.AF_INET, ('127.0.0.1', port)), 'the rsync daemon')
    return port


def answers(family, address):
    if family == socket.AF_UNIX and not is_socket(address):
        return False
    with socket.socket(family) as probe:
        return probe.connect_ex(address) == 0


def is_socket(path):
    try:
        return stat.S_ISSOCK(os.stat(path).st_mode)
    except FileNotFoundError:
        return False
