// A program in Go, with the SDK that `pulumi package gen-sdk` writes of the plugin's schema.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"palisade.local/sdk/palisade"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		if _, err := palisade.NewBucket(ctx, "receipts", &palisade.BucketArgs{
			FileSizeLimit:    pulumi.Any("5MB"),
			AllowedMimeTypes: pulumi.ToStringArray([]string{"application/pdf"}),
		}); err != nil {
			return err
		}
		_, err := palisade.NewTableAccess(ctx, "notes", &palisade.TableAccessArgs{
			Table: pulumi.String("public.notes"),
			Policies: palisade.TableAccessPolicyMap{
				"notes_select": palisade.TableAccessPolicyArgs{
					Command: pulumi.String("select"),
					Roles:   pulumi.ToStringArray([]string{"authenticated"}),
					Using:   pulumi.String("owner_id = (select auth.uid())"),
				},
			},
			Grants: pulumi.Map{"authenticated": pulumi.ToStringArray([]string{"select"})},
		})
		return err
	})
}
