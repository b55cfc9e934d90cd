// client ADDRESS PORT CLOSED_PORT: many dials from many goroutines, each with an exchange; refused stays refused.
package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

func exchange(address string) error {
	conn, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	room := make([]byte, 6)
	if _, err := io.ReadFull(conn, room); err != nil || string(room) != "hello\n" {
		return fmt.Errorf("banner %q %v", room, err)
	}
	conn.Write([]byte("ping\n"))
	if _, err := io.ReadFull(conn, room[:5]); err != nil || string(room[:5]) != "ping\n" {
		return fmt.Errorf("echo %q %v", room, err)
	}
	return nil
}

func main() {
	open, closed := net.JoinHostPort(os.Args[1], os.Args[2]), net.JoinHostPort(os.Args[1], os.Args[3])
	var all sync.WaitGroup
	failures := make(chan error, 1000)
	for i := 0; i < 20; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for j := 0; j < 5; j++ {
				if err := exchange(open); err != nil {
					failures <- err
				}
				if _, err := net.Dial("tcp", closed); !errors.Is(err, syscall.ECONNREFUSED) {
					failures <- fmt.Errorf("closed port: %v", err)
				}
			}
		}()
	}
	all.Wait()
	close(failures)
	status := 0
	for err := range failures {
		fmt.Fprintln(os.Stderr, "failed:", err)
		status = 1
	}
	os.Exit(status)
}
