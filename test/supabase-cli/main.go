// What `supabase db push` does with a folder of migrations, by the command line's own package: it finds what is pending, applies it and
// records it. Prints the file of each migration that it applies.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v4"
	"github.com/supabase/cli/pkg/migration"
)

func main() {
	if err := push(context.Background(), os.Args[1], os.Getenv("SUPABASE_DB_URL")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func push(ctx context.Context, project string, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	files := os.DirFS(project)
	remote, err := migration.ListRemoteMigrations(ctx, conn)
	if err != nil {
		return err
	}
	local, err := migration.ListLocalMigrations("supabase/migrations", files)
	if err != nil {
		return err
	}
	pending, err := migration.FindPendingMigrations(local, remote)
	if err != nil {
		return errors.Join(err, fmt.Errorf("%v", pending))
	}
	for _, path := range pending {
		fmt.Println(filepath.Base(path))
	}
	return migration.ApplyMigrations(ctx, pending, conn, files)
}
